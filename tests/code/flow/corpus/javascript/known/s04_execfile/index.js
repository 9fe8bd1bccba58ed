// handler: index.handler
const { execFile } = require('child_process');
const { promisify } = require('util');
const run = promisify(execFile);

exports.handler = async (event) => {
  const width = parseInt(event.queryStringParameters.width, 10);
  const { stdout } = await run('/opt/bin/resize', ['--width', String(width), '/tmp/in.png']);
  return { statusCode: 200, body: stdout };
};
