// handler: index.handler
const escapeHtml = require('escape-html');

exports.handler = async (event) => {
  const name = event.queryStringParameters?.name ?? 'you';
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!doctype html><h1>Hello ${escapeHtml(name)}</h1>`,
  };
};
