// handler: index.handler
'use strict';
const { readInside } = require('./lib/read');

exports.handler = async (event) => ({ statusCode: 200, body: readInside(event.pathParameters.name) });
