// handler: index.handler
const isOurs = (address) => address.startsWith('https://app.example.com');

export const handler = async (event) => {
  const target = event.queryStringParameters?.redirect_uri;
  if (!isOurs(target)) {
    return { statusCode: 400, body: 'unknown address' };
  }
  return { statusCode: 302, headers: { location: target } }; // BAD: redirect
};
