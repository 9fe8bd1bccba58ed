// handler: index.handler
const Handlebars = require('handlebars');

const page = Handlebars.compile('Dear {{name}}, your order {{order}} is on its way.');

exports.handler = async (event) => {
  const { name, order } = JSON.parse(event.body);
  return { statusCode: 200, body: JSON.stringify({ text: page({ name, order }) }) };
};
