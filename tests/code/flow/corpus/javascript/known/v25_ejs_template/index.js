// handler: index.handler
const ejs = require('ejs');

exports.handler = async (event) => {
  const { template, data } = JSON.parse(event.body);
  const text = ejs.render(template, { name: data.name }); // BAD: template
  return { statusCode: 200, body: JSON.stringify({ text }) };
};
