// handler: index.handler
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const git = promisify(execFile);

exports.handler = async (event) => {
  const { tag } = JSON.parse(event.body);
  if (typeof tag !== 'string' || !/^v\d+\.\d+\.\d+$/.test(tag)) {
    return { statusCode: 422, body: 'no such tag' };
  }
  const { stdout } = await git('git', ['--git-dir', '/mnt/repo', 'show', tag]);
  return { statusCode: 200, body: stdout };
};
