// handler: index.handler
exports.handler = async (event) => ({ // BAD: cors
  statusCode: 200,
  headers: {
    'Access-Control-Allow-Origin': event.headers.origin,
    'Access-Control-Allow-Credentials': 'true',
  },
  body: '{}',
});
