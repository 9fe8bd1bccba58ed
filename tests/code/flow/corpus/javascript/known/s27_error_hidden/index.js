// handler: index.handler
exports.handler = async (event) => {
  try {
    const input = JSON.parse(event.body);
    return { statusCode: 200, body: JSON.stringify({ total: input.items.length }) };
  } catch (error) {
    console.error('request failed', error);
    return { statusCode: 400, body: JSON.stringify({ message: 'malformed request' }) };
  }
};
