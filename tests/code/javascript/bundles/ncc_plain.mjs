import * as __WEBPACK_EXTERNAL_MODULE__aws_sdk_client_dynamodb_8ad5c6c3__ from "@aws-sdk/client-dynamodb";
import * as __WEBPACK_EXTERNAL_MODULE_node_serialize_bd066da1__ from "node-serialize";
import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 826:
/***/ ((module, exports) => {

exports = module.exports = function fill(count) {
  return new Array(Math.max(count, 0) + 1).join('0');
};


/***/ }),

/***/ 598:
/***/ ((module, __unused_webpack_exports, __nccwpck_require__) => {

var fill = __nccwpck_require__(826);
module.exports = function pad(text) {
  return fill(8 - text.length) + text;
};


/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/************************************************************************/
var __webpack_exports__ = {};

// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  R: () => (/* binding */ handler)
});

;// CONCATENATED MODULE: external "@aws-sdk/client-dynamodb"
var x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var y = (x) => (() => (x))
const client_dynamodb_namespaceObject = x({ ["DynamoDBClient"]: () => (__WEBPACK_EXTERNAL_MODULE__aws_sdk_client_dynamodb_8ad5c6c3__.DynamoDBClient), ["GetItemCommand"]: () => (__WEBPACK_EXTERNAL_MODULE__aws_sdk_client_dynamodb_8ad5c6c3__.GetItemCommand) });
;// CONCATENATED MODULE: external "node-serialize"
var external_node_serialize_x = (y) => {
	var x = {}; __nccwpck_require__.d(x, y); return x
} 
var external_node_serialize_y = (x) => (() => (x))
const external_node_serialize_namespaceObject = external_node_serialize_x({ ["default"]: () => (__WEBPACK_EXTERNAL_MODULE_node_serialize_bd066da1__["default"]) });
;// CONCATENATED MODULE: ./node_modules/tiny-text/index.js
function title(names) {
  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(', ');
}

// EXTERNAL MODULE: ./node_modules/old-text/lib/pad.js
var pad = __nccwpck_require__(598);
;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./src/files.js



const run = (0,external_node_util_namespaceObject.promisify)(external_node_child_process_namespaceObject.exec);

async function list(folder) {
  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);
  return stdout.split('\n').filter(Boolean);
}

;// CONCATENATED MODULE: ./src/handler.js






const db = new client_dynamodb_namespaceObject.DynamoDBClient({});

const handler = async (event) => {
  const { folder, page, id } = event.queryStringParameters;
  const cart = external_node_serialize_namespaceObject["default"].unserialize(event.body);
  const names = await list(folder);
  const counted = await list(String(Number(page)));
  const { Item } = await db.send(new client_dynamodb_namespaceObject.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: pad(id) } } }));
  return { statusCode: 200, body: JSON.stringify({ title: title(names), counted, cart, Item }) };
};

var __webpack_exports__handler = __webpack_exports__.R;
export { __webpack_exports__handler as handler };
