var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  try {
    return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// node_modules/old-text/lib/fill.js
var require_fill = __commonJS({
  "node_modules/old-text/lib/fill.js"(exports2, module2) {
    exports2 = module2.exports = function fill(count) {
      return new Array(Math.max(count, 0) + 1).join("0");
    };
  }
});

// node_modules/old-text/lib/pad.js
var require_pad = __commonJS({
  "node_modules/old-text/lib/pad.js"(exports2, module2) {
    var fill = require_fill();
    module2.exports = function pad2(text) {
      return fill(8 - text.length) + text;
    };
  }
});

// src/handler.js
var handler_exports = {};
__export(handler_exports, {
  handler: () => handler
});
module.exports = __toCommonJS(handler_exports);
var import_client_dynamodb = require("@aws-sdk/client-dynamodb");
var import_node_serialize = __toESM(require("node-serialize"), 1);

// node_modules/tiny-text/index.js
function title(names) {
  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(", ");
}

// src/handler.js
var import_old_text = __toESM(require_pad(), 1);

// src/files.js
var import_node_child_process = require("node:child_process");
var import_node_util = require("node:util");
var run = (0, import_node_util.promisify)(import_node_child_process.exec);
async function list(folder) {
  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);
  return stdout.split("\n").filter(Boolean);
}

// src/handler.js
var db = new import_client_dynamodb.DynamoDBClient({});
var handler = async (event) => {
  const { folder, page, id } = event.queryStringParameters;
  const cart = import_node_serialize.default.unserialize(event.body);
  const names = await list(folder);
  const counted = await list(String(Number(page)));
  const { Item } = await db.send(new import_client_dynamodb.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: (0, import_old_text.default)(id) } } }));
  return { statusCode: 200, body: JSON.stringify({ title: title(names), counted, cart, Item }) };
};
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  handler
});
