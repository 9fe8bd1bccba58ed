// handler: index.handler
const axios = require('axios');

exports.handler = async (event) => {
  const { url } = event.queryStringParameters;
  const response = await axios.get(url, { timeout: 3000 }); // BAD: request
  return { statusCode: 200, body: JSON.stringify({ status: response.status }) };
};
