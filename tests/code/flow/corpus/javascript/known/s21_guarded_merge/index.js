// handler: index.handler
const BLOCKED = new Set(['__proto__', 'constructor', 'prototype']);

function extend(target, source) {
  for (const key of Object.keys(source)) {
    if (BLOCKED.has(key)) continue;
    if (typeof source[key] === 'object' && source[key] !== null) {
      if (!target[key]) target[key] = {};
      extend(target[key], source[key]);
    } else {
      target[key] = source[key];
    }
  }
  return target;
}

exports.handler = async (event) => {
  const config = extend({}, JSON.parse(event.body));
  const flat = { ...config, ...JSON.parse(event.body) };
  return { statusCode: 200, body: JSON.stringify(flat) };
};
