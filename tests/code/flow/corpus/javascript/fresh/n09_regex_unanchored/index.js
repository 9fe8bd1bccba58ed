// handler: index.handler
const { exec } = require('child_process');
const util = require('util');
const execAsync = util.promisify(exec);

exports.handler = async ({ queryStringParameters }) => {
  const { host } = queryStringParameters || {};
  if (!/[a-z0-9.-]+/i.test(host)) {
    return { statusCode: 400, body: 'bad host' };
  }
  const { stdout } = await execAsync(`nslookup ${host}`); // BAD: process
  return { statusCode: 200, body: stdout };
};
