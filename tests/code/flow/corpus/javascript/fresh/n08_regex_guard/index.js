// handler: index.handler
const { exec } = require('child_process');
const util = require('util');
const execAsync = util.promisify(exec);

const HOST = /^[a-z0-9][a-z0-9.-]{0,62}$/i;

exports.handler = async ({ queryStringParameters }) => {
  const { host } = queryStringParameters || {};
  if (!HOST.test(host)) {
    return { statusCode: 400, body: 'bad host' };
  }
  const { stdout } = await execAsync(`nslookup ${host}`);
  return { statusCode: 200, body: stdout };
};
