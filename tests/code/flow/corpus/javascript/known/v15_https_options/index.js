// handler: index.handler
const https = require('https');

exports.handler = (event, context, callback) => {
  const options = {
    hostname: event.host,
    port: 443,
    path: '/health',
    method: 'GET',
  };
  const req = https.request(options, (res) => { // BAD: request
    let body = '';
    res.on('data', (d) => (body += d));
    res.on('end', () => callback(null, { status: res.statusCode, length: body.length }));
  });
  req.on('error', callback);
  req.end();
};
