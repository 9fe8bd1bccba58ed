// handler: index.handler
exports.handler = async (event) => {
  const next = event.queryStringParameters.next || '/';
  return { // BAD: redirect
    statusCode: 302,
    headers: { Location: next },
    body: '',
  };
};
