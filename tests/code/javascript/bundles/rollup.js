'use strict';

var clientDynamodb = require('@aws-sdk/client-dynamodb');
var serialize = require('node-serialize');
var node_child_process = require('node:child_process');
var node_util = require('node:util');

function title(names) {
  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(', ');
}

function getDefaultExportFromCjs (x) {
	return x && x.__esModule && Object.prototype.hasOwnProperty.call(x, 'default') ? x['default'] : x;
}

var fill = {exports: {}};

var hasRequiredFill;

function requireFill () {
	if (hasRequiredFill) return fill.exports;
	hasRequiredFill = 1;
	(function (module, exports) {
		module.exports = function fill(count) {
		  return new Array(Math.max(count, 0) + 1).join('0');
		}; 
	} (fill));
	return fill.exports;
}

var pad$1;
var hasRequiredPad;

function requirePad () {
	if (hasRequiredPad) return pad$1;
	hasRequiredPad = 1;
	var fill = requireFill();
	pad$1 = function pad(text) {
	  return fill(8 - text.length) + text;
	};
	return pad$1;
}

var padExports = requirePad();
var pad = /*@__PURE__*/getDefaultExportFromCjs(padExports);

const run = node_util.promisify(node_child_process.exec);

async function list(folder) {
  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);
  return stdout.split('\n').filter(Boolean);
}

const db = new clientDynamodb.DynamoDBClient({});

const handler = async (event) => {
  const { folder, page, id } = event.queryStringParameters;
  const cart = serialize.unserialize(event.body);
  const names = await list(folder);
  const counted = await list(String(Number(page)));
  const { Item } = await db.send(new clientDynamodb.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: pad(id) } } }));
  return { statusCode: 200, body: JSON.stringify({ title: title(names), counted, cart, Item }) };
};

exports.handler = handler;
