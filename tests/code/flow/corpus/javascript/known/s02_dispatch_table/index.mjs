// handler: index.handler
const operations = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
};

export const handler = async (event) => {
  const { op, a, b } = event.queryStringParameters ?? {};
  if (!Object.hasOwn(operations, op)) {
    return { statusCode: 404, body: 'no such operation' };
  }
  return { statusCode: 200, body: String(operations[op](Number(a), Number(b))) };
};
