// handler: index.handler
exports.handler = async (event) => {
  if (event.queryStringParameters && event.queryStringParameters.debug) {
    return { statusCode: 200, body: JSON.stringify(process.env) }; // BAD: environment-disclosed
  }
  return { statusCode: 200, body: 'ok' };
};
