// handler: index.handler
const https = require('https');

const post = (text) =>
  new Promise((resolve, reject) => {
    const request = https.request(
      { hostname: 'hooks.slack.com', path: process.env.HOOK_PATH, method: 'POST', headers: { 'Content-Type': 'application/json' } },
      (response) => resolve(response.statusCode),
    );
    request.on('error', reject);
    request.write(JSON.stringify({ text }));
    request.end();
  });

exports.handler = async (event) => {
  const { AlarmName, NewStateValue } = JSON.parse(event.Records[0].Sns.Message);
  return post(`${AlarmName} is now ${NewStateValue}`);
};
