// handler: index.handler
const PAGES = { home: '/', cart: '/cart', account: '/account' };

exports.handler = async (event) => {
  const next = PAGES[event.queryStringParameters.next] || '/';
  const query = encodeURIComponent(event.queryStringParameters.q);
  return {
    statusCode: 302,
    headers: { Location: `https://www.example.com${next}?q=${query}` },
    body: '',
  };
};
