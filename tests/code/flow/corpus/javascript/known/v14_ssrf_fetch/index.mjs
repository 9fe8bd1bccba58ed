// handler: index.handler
const probe = async (target) => {
  const response = await fetch(target, { redirect: 'manual' }); // BAD: request
  return { target, ok: response.ok };
};

export const handler = async (event) => {
  const { targets } = JSON.parse(event.body);
  const results = await Promise.all(targets.map(probe));
  return { statusCode: 200, body: JSON.stringify(results) };
};
