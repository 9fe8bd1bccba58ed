const cdk = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const s3 = require('aws-cdk-lib/aws-s3');
const sqs = require('aws-cdk-lib/aws-sqs');
const s3n = require('aws-cdk-lib/aws-s3-notifications');
const cr = require('aws-cdk-lib/custom-resources');
const { SqsEventSource } = require('aws-cdk-lib/aws-lambda-event-sources');
const path = require('path');
class Nested extends cdk.NestedStack {
  constructor(scope, id, props) {
    super(scope, id, props);
    this.fn = new lambda.Function(this, 'Inner', { runtime: lambda.Runtime.NODEJS_20_X, handler: 'index.handler',
      code: lambda.Code.fromAsset(path.join(__dirname, 'lambda')), environment: { Q: props.queue.queueUrl } });
    props.queue.grantSendMessages(this.fn);
  }
}
class Main extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const bucket = new s3.Bucket(this, 'Uploads', { removalPolicy: cdk.RemovalPolicy.DESTROY, autoDeleteObjects: true });
    this.queue = new sqs.Queue(this, 'Work');
    const fn = new lambda.Function(this, 'Worker', { runtime: lambda.Runtime.NODEJS_20_X, handler: 'index.handler',
      code: lambda.Code.fromAsset(path.join(__dirname, 'lambda')), logRetention: 7 });
    bucket.grantReadWrite(fn);
    bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new s3n.LambdaDestination(fn));
    fn.addEventSource(new SqsEventSource(this.queue));
    fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });
    new lambda.DockerImageFunction(this, 'Image', { code: lambda.DockerImageCode.fromImageAsset(path.join(__dirname, 'img')) });
    new lambda.Function(this, 'Inline', { runtime: lambda.Runtime.PYTHON_3_12, handler: 'index.handler', code: lambda.Code.fromInline('def handler(e, c): return 1') });
    new cr.AwsCustomResource(this, 'Call', { onUpdate: { service: 'S3', action: 'listBuckets', physicalResourceId: cr.PhysicalResourceId.of('x') },
      policy: cr.AwsCustomResourcePolicy.fromSdkCalls({ resources: ['*'] }) });
    const prov = new cr.Provider(this, 'Prov', { onEventHandler: fn });
    new cdk.CustomResource(this, 'Cust', { serviceToken: prov.serviceToken });
    const nested = new Nested(this, 'Part', { queue: this.queue });
    nested.fn.grantInvoke(fn);
    fn.node.defaultChild.addMetadata('cdk_nag', { rules_to_suppress: [{ id: 'AwsSolutions-L1', reason: 'pinned' }] });
    this.fn = fn;
  }
}
class Other extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    new lambda.Function(this, 'Consumer', { runtime: lambda.Runtime.NODEJS_20_X, handler: 'index.handler',
      code: lambda.Code.fromAsset(path.join(__dirname, 'lambda')), environment: { MAIN: props.fn.functionArn } });
  }
}
class St extends cdk.Stage { constructor(s, i, p) { super(s, i, p); new Other(this, 'Svc', { fn: lambda.Function.fromFunctionArn(new cdk.Stack(this, 'X'), 'F', 'arn:aws:lambda:eu-west-1:123456789012:function:f') }); } }
const app = new cdk.App({ outdir: 'cdk.out' });
const m = new Main(app, 'Main', { env: { account: '123456789012', region: 'eu-west-1' } });
new Other(app, 'Other', { env: { account: '123456789012', region: 'eu-west-1' }, fn: m.fn });
new St(app, 'Prod', { env: { account: '210987654321', region: 'us-east-1' } });
app.synth();
