// handler: index.handler
const { parseStringPromise } = require('xml2js');
const libxml = require('libxmljs');

exports.handler = async (event) => {
  const parsed = await parseStringPromise(event.body);
  const doc = libxml.parseXml(event.body, { noent: false, nonet: true });
  return { statusCode: 200, body: JSON.stringify({ parsed, root: doc.root().name() }) };
};
