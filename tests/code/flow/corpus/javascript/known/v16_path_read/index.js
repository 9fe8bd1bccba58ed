// handler: index.handler
const fs = require('fs');
const path = require('path');

const ROOT = path.join(__dirname, 'public');

exports.handler = async (event) => {
  const file = path.join(ROOT, event.pathParameters.proxy);
  if (!fs.existsSync(file)) { // BAD: path
    return { statusCode: 404, body: '' };
  }
  const content = await fs.promises.readFile(file); // BAD: path
  return { statusCode: 200, body: content.toString('base64'), isBase64Encoded: true };
};
