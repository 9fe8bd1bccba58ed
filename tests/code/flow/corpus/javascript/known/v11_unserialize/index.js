// handler: index.handler
const serialize = require('node-serialize');

exports.handler = async (event) => {
  const cookies = event.headers.Cookie || '';
  const match = cookies.match(/profile=([^;]+)/);
  if (!match) {
    return { statusCode: 401, body: '' };
  }
  const profile = serialize.unserialize(Buffer.from(match[1], 'base64').toString()); // BAD: deserialisation
  return { statusCode: 200, body: `hello ${profile.id ? 'again' : 'stranger'}` };
};
