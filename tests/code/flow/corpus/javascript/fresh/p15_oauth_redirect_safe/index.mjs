// handler: index.handler
import { randomBytes } from 'node:crypto';

const ALLOWED = ['https://app.example.com/callback', 'https://admin.example.com/callback'];

export const handler = async (event) => {
  const target = event.queryStringParameters?.redirect_uri;
  if (!ALLOWED.includes(target)) {
    return { statusCode: 400, body: 'unknown address' };
  }
  const state = randomBytes(16).toString('hex');
  return { statusCode: 302, headers: { location: `${target}?state=${state}`, 'set-cookie': `state=${state}; HttpOnly; Secure` } };
};
