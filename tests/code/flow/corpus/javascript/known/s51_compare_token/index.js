// handler: index.handler
const { timingSafeEqual, createHash } = require('crypto');

const digest = (text) => createHash('sha256').update(String(text)).digest();

exports.handler = async (event) => {
  const same = timingSafeEqual(digest(event.headers['x-api-key']), digest(process.env.API_TOKEN));
  return { isAuthorized: same };
};
