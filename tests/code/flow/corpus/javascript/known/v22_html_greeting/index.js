// handler: index.handler
exports.handler = async (event) => {
  const name = event.queryStringParameters?.name ?? 'you';
  const html = `<!doctype html><h1>Hello ${name}</h1>`;
  return { // BAD: xss
    statusCode: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: html,
  };
};
