// handler: index.handler
const ORIGINS = ['https://app.example.com', 'https://admin.example.com'];

exports.handler = async (event) => {
  const origin = event.headers.origin;
  return {
    statusCode: 200,
    headers: {
      'Access-Control-Allow-Origin': ORIGINS.includes(origin) ? origin : ORIGINS[0],
      'Access-Control-Allow-Credentials': 'true',
    },
    body: '{}',
  };
};
