// handler: index.handler
const libxml = require('libxmljs');

exports.handler = async (event) => {
  const doc = libxml.parseXml(event.body, { noent: true }); // BAD: xml
  const node = doc.get(`//user[@name='${event.queryStringParameters.name}']`); // BAD: xpath
  return { statusCode: 200, body: node ? node.text() : '' };
};
