// handler: index.handler
import { SSMClient, GetParametersByPathCommand } from '@aws-sdk/client-ssm';

const ssm = new SSMClient({});
const cache = new Map();

async function parameters(path) {
  if (!cache.has(path)) {
    const out = await ssm.send(new GetParametersByPathCommand({ Path: path, WithDecryption: true }));
    cache.set(path, Object.fromEntries(out.Parameters.map((p) => [p.Name, p.Value])));
  }
  return cache.get(path);
}

export const handler = async (event) => {
  const settings = await parameters('/shop/prod');
  const total = event.items.reduce((sum, item) => sum + Number(item.price) * item.count, 0);
  return { total: total * Number(settings['/shop/prod/factor']) };
};
