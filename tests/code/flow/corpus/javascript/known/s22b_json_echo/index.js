// handler: index.handler
exports.handler = async (event) => {
  const body = JSON.parse(event.body);
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ echo: body.name }),
  };
};
