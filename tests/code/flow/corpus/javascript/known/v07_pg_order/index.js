// handler: index.handler
const db = require('./lib/db');

exports.handler = async ({ queryStringParameters: qs = {} }) => {
  const result = await db.list('orders', { orderBy: qs.sort, limit: qs.limit });
  return { statusCode: 200, body: JSON.stringify(result.rows) };
};
