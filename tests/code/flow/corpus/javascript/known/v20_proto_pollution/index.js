// handler: index.handler
const _ = require('lodash');

const defaults = { theme: 'light', limits: { rows: 10 } };

exports.handler = async (event) => {
  const settings = _.merge({}, defaults, JSON.parse(event.body)); // BAD: prototype-pollution
  return { statusCode: 200, body: JSON.stringify(settings) };
};
