// handler: index.handler
const escapeRegExp = require('lodash/escapeRegExp');

exports.handler = async (event) => {
  const { word, lines } = JSON.parse(event.body);
  const expression = new RegExp(`\\b${escapeRegExp(word)}\\b`, 'i');
  return { statusCode: 200, body: JSON.stringify(lines.filter((line) => expression.test(line))) };
};
