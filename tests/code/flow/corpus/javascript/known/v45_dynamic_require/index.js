// handler: index.handler
exports.handler = async (event) => {
  const plugin = require('./plugins/' + event.plugin); // BAD: code-evaluation
  return plugin.run(event.payload);
};
