// handler: index.handler
import { STSClient, AssumeRoleCommand } from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';

const sts = new STSClient({});

export const handler = async (event) => {
  const { Credentials } = await sts.send( // BAD: cloud-target
    new AssumeRoleCommand({ RoleArn: event.roleArn, RoleSessionName: 'tenant' }),
  );
  const lambda = new LambdaClient({
    credentials: {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    },
  });
  const out = await lambda.send(new InvokeCommand({ FunctionName: event.detail.target, Payload: '{}' })); // BAD: cloud-target
  return out.StatusCode;
};
