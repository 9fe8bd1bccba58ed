// handler: index.handler
function extend(target, source) {
  for (const key in source) {
    if (typeof source[key] === 'object' && source[key] !== null) {
      if (!target[key]) target[key] = {};
      extend(target[key], source[key]);
    } else {
      target[key] = source[key]; // BAD: prototype-pollution
    }
  }
  return target;
}

exports.handler = async (event) => {
  const config = extend({}, JSON.parse(event.body));
  return { statusCode: 200, body: JSON.stringify(config) };
};
