// handler: index.handler
const { SSMClient, GetParameterCommand } = require('@aws-sdk/client-ssm');
const ssm = new SSMClient({});
let cached;

async function config() {
  if (!cached) {
    const out = await ssm.send(new GetParameterCommand({ Name: process.env.CONFIG_NAME }));
    cached = JSON.parse(out.Parameter.Value);
  }
  return cached;
}

exports.handler = async (event) => {
  const { limit } = await config();
  return { statusCode: 200, body: JSON.stringify({ over: Number(event.queryStringParameters.n) > limit }) };
};
