// handler: index.handler
const https = require('https');
const axios = require('axios');

const agent = new https.Agent({ rejectUnauthorized: false }); // BAD: tls-verification-off

exports.handler = async () => {
  const { data } = await axios.get('https://internal.example.com/status', { httpsAgent: agent });
  return data;
};
