// handler: index.handler
exports.handler = async (event) => {
  try {
    const input = JSON.parse(event.body);
    return { statusCode: 200, body: JSON.stringify({ total: input.items.length }) };
  } catch (error) {
    return { statusCode: 500, body: JSON.stringify({ message: error.message, stack: error.stack }) }; // BAD: error-disclosed
  }
};
