// handler: src/app.lambdaHandler
const { RuleEngine } = require('./rules');

module.exports.lambdaHandler = async (event, context) => {
  const engine = new RuleEngine(event.rules).compile();
  return { accepted: engine.run(event.order) };
};
