// handler: index.handler
import got from 'got';

const deliver = ({ url, secret }, payload) => got.post(url, { json: payload, headers: { 'x-signature': secret } }); // BAD: request

export const handler = async (event) => {
  const subscription = event.detail;
  await deliver(subscription, { at: Date.now() });
};
