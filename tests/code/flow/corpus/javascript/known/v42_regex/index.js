// handler: index.handler
exports.handler = async (event) => {
  const { pattern, lines } = JSON.parse(event.body);
  const expression = new RegExp(pattern, 'i'); // BAD: regex
  return { statusCode: 200, body: JSON.stringify(lines.filter((line) => expression.test(line))) };
};
