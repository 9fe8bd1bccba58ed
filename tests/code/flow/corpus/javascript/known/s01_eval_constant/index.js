// handler: index.handler
'use strict';

const SCRIPT = '1 + 2 * 3';

exports.handler = async (event) => {
  const value = eval(SCRIPT);
  const scale = Number(event.queryStringParameters && event.queryStringParameters.scale) || 1;
  return { statusCode: 200, body: JSON.stringify({ result: value * scale }) };
};
