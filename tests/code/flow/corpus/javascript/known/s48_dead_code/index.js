// handler: index.handler
const { exec } = require('child_process');

function legacyConvert(event) {
  exec('convert ' + event.queryStringParameters.file);
}

exports.handler = async (event) => {
  if (false) {
    exec(event.body);
  }
  return { statusCode: 200, body: 'nothing to do' };
};
