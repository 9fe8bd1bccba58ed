// handler: index.handler
const yaml = require('js-yaml');

exports.handler = async (event) => {
  const profile = JSON.parse(Buffer.from(event.body, 'base64').toString('utf8'));
  const settings = yaml.load(profile.settings, { schema: yaml.FAILSAFE_SCHEMA });
  return { statusCode: 200, body: JSON.stringify({ keys: Object.keys(settings) }) };
};
