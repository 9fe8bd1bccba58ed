// handler: index.handler
let currentUser = null;
const seen = [];

exports.handler = async (event) => {
  currentUser = event.requestContext.authorizer.claims.sub; // BAD: module-state
  seen.push(event.body); // BAD: module-state
  return { statusCode: 200, body: JSON.stringify({ user: currentUser, count: seen.length }) };
};
