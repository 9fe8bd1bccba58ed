// handler: index.handler
const yaml = require('js-yaml');
const unsafe = require('js-yaml-js-types').all;

const schema = yaml.DEFAULT_SCHEMA.extend(unsafe);

module.exports.handler = async (event) => {
  const doc = yaml.load(event.body, { schema }); // BAD: deserialisation
  return { statusCode: 200, body: JSON.stringify(doc) };
};
