// handler: index.handler
const fs = require('fs');
const path = require('path');

exports.handler = async (event) => {
  const file = '/tmp/profile.json';
  fs.writeFileSync(file, JSON.stringify(event.requestContext.authorizer)); // BAD: tmp-left
  const names = fs.readdirSync('/tmp').filter((name) => name.endsWith('.json'));
  return names.map((name) => path.extname(name)).length;
};
