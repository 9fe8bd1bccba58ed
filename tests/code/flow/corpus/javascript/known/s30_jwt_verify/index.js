// handler: index.handler
const jwt = require('jsonwebtoken');

exports.handler = async (event) => {
  const token = (event.authorizationToken || '').replace('Bearer ', '');
  let claims;
  try {
    claims = jwt.verify(token, process.env.PUBLIC_KEY, { algorithms: ['RS256'] });
  } catch (e) {
    throw new Error('Unauthorized');
  }
  return {
    principalId: claims.sub,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }],
    },
  };
};
