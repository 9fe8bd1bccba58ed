// handler: index.handler
import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';

const lambda = new LambdaClient({});
const TARGETS = new Map([
  ['created', process.env.CREATED_FUNCTION],
  ['deleted', process.env.DELETED_FUNCTION],
]);

export const handler = async (event) => {
  const target = TARGETS.get(event.detail.state);
  if (!target) return 'ignored';
  const out = await lambda.send(new InvokeCommand({ FunctionName: target, Payload: JSON.stringify(event.detail) }));
  return out.StatusCode;
};
