// handler: index.handler
const crypto = require('crypto');

exports.handler = async (event) => {
  const jitter = Math.random() * 100;
  await new Promise((r) => setTimeout(r, jitter));
  const token = crypto.randomBytes(24).toString('hex');
  return { statusCode: 200, body: JSON.stringify({ token }) };
};
