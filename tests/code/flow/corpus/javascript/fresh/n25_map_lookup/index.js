// handler: index.handler
const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda');

const lambda = new LambdaClient({ region: process.env.AWS_REGION });
const ROUTES = Object.freeze({ pay: 'payments-prod', ship: 'shipping-prod' });

exports.handler = async (event) => {
  const route = ROUTES[event.pathParameters.route];
  if (!route) return { statusCode: 404 };
  const out = await lambda.send(
    new InvokeCommand({ FunctionName: route, Payload: Buffer.from(JSON.stringify({ body: event.body })) }),
  );
  await lambda.send(new InvokeCommand({ FunctionName: `${event.pathParameters.route}-prod` })); // BAD: cloud-target
  return { statusCode: 200, body: Buffer.from(out.Payload).toString() };
};
