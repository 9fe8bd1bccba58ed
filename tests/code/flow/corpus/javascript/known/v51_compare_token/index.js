// handler: index.handler
exports.handler = async (event) => {
  const token = event.headers['x-api-key'];
  if (token === process.env.API_TOKEN) { // BAD: token-comparison
    return { isAuthorized: true };
  }
  return { isAuthorized: false };
};
