// handler: index.handler
const https = require('https');
const url = require('url');

function respond(event, context, status, data) {
  const body = JSON.stringify({
    Status: status,
    PhysicalResourceId: context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: data,
  });
  const parsed = url.parse(event.ResponseURL);
  return new Promise((resolve, reject) => {
    const request = https.request(
      { hostname: parsed.hostname, port: 443, path: parsed.path, method: 'PUT', headers: { 'content-length': body.length } },
      () => resolve(),
    );
    request.on('error', reject);
    request.write(body);
    request.end();
  });
}

exports.handler = async (event, context) => {
  await respond(event, context, 'SUCCESS', { Name: event.ResourceProperties.Name });
};
