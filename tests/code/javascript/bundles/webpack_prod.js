/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ 213
(module, exports) {

exports = module.exports = function fill(count) {
  return new Array(Math.max(count, 0) + 1).join('0');
};


/***/ },

/***/ 779
(module, __unused_webpack_exports, __webpack_require__) {

var fill = __webpack_require__(213);
module.exports = function pad(text) {
  return fill(8 - text.length) + text;
};


/***/ }

/******/ 	});
/************************************************************************/
/******/ 	// The module cache
/******/ 	const __webpack_module_cache__ = {};
/******/ 	
/******/ 	// The require function
/******/ 	function __webpack_require__(moduleId) {
/******/ 		// Check if module is in cache
/******/ 		const cachedModule = __webpack_module_cache__[moduleId];
/******/ 		if (cachedModule !== undefined) {
/******/ 			return cachedModule.exports;
/******/ 		}
/******/ 		// Create a new module (and put it into the cache)
/******/ 		const module = __webpack_module_cache__[moduleId] = {
/******/ 			// no module.id needed
/******/ 			// no module.loaded needed
/******/ 			exports: {}
/******/ 		};
/******/ 	
/******/ 		// Execute the module function
/******/ 		__webpack_modules__[moduleId](module, module.exports, __webpack_require__);
/******/ 	
/******/ 		// Return the exports of the module
/******/ 		return module.exports;
/******/ 	}
/******/ 	
/************************************************************************/
/******/ 	/* webpack/runtime/define property getters */
/******/ 	// define getter/value functions for harmony exports
/******/ 	__webpack_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__webpack_require__.o(definition, key) && !__webpack_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ 	
/******/ 	/* webpack/runtime/hasOwnProperty shorthand */
/******/ 	__webpack_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop));
/******/ 	
/******/ 	/* webpack/runtime/make namespace object */
/******/ 	// define __esModule on exports
/******/ 	__webpack_require__.r = (exports) => {
/******/ 		Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ 	
/************************************************************************/
let __webpack_exports__ = {};
// This entry needs to be wrapped in an IIFE because it needs to be in strict mode.
(() => {
"use strict";
// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  handler: () => (/* binding */ handler)
});

;// external "@aws-sdk/client-dynamodb"
const client_dynamodb_namespaceObject = require("@aws-sdk/client-dynamodb");
;// external "node-serialize"
const external_node_serialize_namespaceObject = require("node-serialize");
;// ./node_modules/tiny-text/index.js
function title(names) {
  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(', ');
}

// EXTERNAL MODULE: ./node_modules/old-text/lib/pad.js
var pad = __webpack_require__(779);
;// external "node:child_process"
const external_node_child_process_namespaceObject = require("node:child_process");
;// external "node:util"
const external_node_util_namespaceObject = require("node:util");
;// ./src/files.js



const run = (0,external_node_util_namespaceObject.promisify)(external_node_child_process_namespaceObject.exec);

async function list(folder) {
  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);
  return stdout.split('\n').filter(Boolean);
}

;// ./src/handler.js






const db = new client_dynamodb_namespaceObject.DynamoDBClient({});

const handler = async (event) => {
  const { folder, page, id } = event.queryStringParameters;
  const cart = external_node_serialize_namespaceObject.unserialize(event.body);
  const names = await list(folder);
  const counted = await list(String(Number(page)));
  const { Item } = await db.send(new client_dynamodb_namespaceObject.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: pad(id) } } }));
  return { statusCode: 200, body: JSON.stringify({ title: title(names), counted, cart, Item }) };
};

})();

module.exports = __webpack_exports__;
/******/ })()
;