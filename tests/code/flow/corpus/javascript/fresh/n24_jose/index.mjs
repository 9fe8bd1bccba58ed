// handler: index.handler
import { jwtVerify, createRemoteJWKSet, decodeJwt } from 'jose';

const keys = createRemoteJWKSet(new URL('https://issuer.example.com/.well-known/jwks.json'));

export const handler = async (event) => {
  const token = event.authorizationToken.split(' ')[1];
  const { payload } = await jwtVerify(token, keys, { issuer: 'https://issuer.example.com' });
  const unchecked = decodeJwt(event.headers.cookie); // BAD: token-not-verified
  return {
    principalId: payload.sub,
    context: { plan: unchecked.plan },
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: '*', Effect: 'Allow', Resource: event.methodArn }] },
  };
};
