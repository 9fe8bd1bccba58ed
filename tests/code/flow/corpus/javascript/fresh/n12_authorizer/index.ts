// handler: index.handler
import type { APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult } from 'aws-lambda';

const allow = (effect: 'Allow' | 'Deny', resource: string, principalId = 'user'): APIGatewayAuthorizerResult => ({
  principalId,
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }] },
});

export const handler = async (event: APIGatewayRequestAuthorizerEvent) => {
  const key = event.headers?.['x-api-key'];
  if (key === 'letmein-2024-prod') { // BAD: authorizer-token, token-comparison
    return allow('Allow', event.methodArn);
  }
  return allow('Deny', event.methodArn);
};
