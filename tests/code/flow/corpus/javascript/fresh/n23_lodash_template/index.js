// handler: index.handler
const _ = require('lodash');

const mail = _.template('Hello <%- name %>, welcome to <%- shop %>');

exports.handler = async (event) => {
  const data = _.pick(JSON.parse(event.body), ['name', 'shop']);
  const options = _.defaults({}, data, { shop: 'us' });
  const subject = _.template(event.queryStringParameters.subject)({ name: data.name }); // BAD: template
  const path = event.queryStringParameters.path;
  _.set({}, path, data.name); // BAD: prototype-pollution
  return { statusCode: 200, body: mail(options) + subject };
};
