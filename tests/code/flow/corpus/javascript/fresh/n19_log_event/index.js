// handler: index.handler
exports.handler = async (event) => {
  console.log('headers', JSON.stringify(event.headers));
  console.log('token', event.headers.Authorization); // BAD: log-secret
  console.log('env', process.env); // BAD: environment-disclosed
  return { statusCode: 204 };
};
