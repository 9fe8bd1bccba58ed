// handler: index.handler
const fs = require('fs/promises');
const path = require('path');

const ROOT = path.resolve(__dirname, 'public');

exports.handler = async (event) => {
  const file = path.resolve(ROOT, event.pathParameters.proxy);
  if (!file.startsWith(ROOT + path.sep)) {
    return { statusCode: 403, body: '' };
  }
  const content = await fs.readFile(file);
  const other = await fs.readFile(path.join(ROOT, path.basename(event.pathParameters.proxy)));
  return { statusCode: 200, body: Buffer.concat([content, other]).toString('base64'), isBase64Encoded: true };
};
