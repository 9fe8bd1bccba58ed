// handler: index.handler
'use strict';

exports.handler = async (event) => {
  const { formula } = JSON.parse(event.body || '{}');
  let result;
  try {
    result = eval(formula); // BAD: code-evaluation
  } catch (err) {
    return { statusCode: 400, body: JSON.stringify({ error: 'bad formula' }) };
  }
  return { statusCode: 200, body: JSON.stringify({ result }) };
};
