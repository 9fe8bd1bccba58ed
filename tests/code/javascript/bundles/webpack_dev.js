/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ "./node_modules/old-text/lib/fill.js"
/*!*******************************************!*\
  !*** ./node_modules/old-text/lib/fill.js ***!
  \*******************************************/
(module, exports) {

exports = module.exports = function fill(count) {
  return new Array(Math.max(count, 0) + 1).join('0');
};


/***/ },

/***/ "./node_modules/old-text/lib/pad.js"
/*!******************************************!*\
  !*** ./node_modules/old-text/lib/pad.js ***!
  \******************************************/
(module, __unused_webpack_exports, __webpack_require__) {

var fill = __webpack_require__(/*! ./fill */ "./node_modules/old-text/lib/fill.js");
module.exports = function pad(text) {
  return fill(8 - text.length) + text;
};


/***/ },

/***/ "@aws-sdk/client-dynamodb"
/*!*******************************************!*\
  !*** external "@aws-sdk/client-dynamodb" ***!
  \*******************************************/
(module) {

"use strict";
module.exports = require("@aws-sdk/client-dynamodb");

/***/ },

/***/ "node-serialize"
/*!*********************************!*\
  !*** external "node-serialize" ***!
  \*********************************/
(module) {

"use strict";
module.exports = require("node-serialize");

/***/ },

/***/ "node:child_process"
/*!*************************************!*\
  !*** external "node:child_process" ***!
  \*************************************/
(module) {

"use strict";
module.exports = require("node:child_process");

/***/ },

/***/ "node:util"
/*!****************************!*\
  !*** external "node:util" ***!
  \****************************/
(module) {

"use strict";
module.exports = require("node:util");

/***/ },

/***/ "./node_modules/tiny-text/index.js"
/*!*****************************************!*\
  !*** ./node_modules/tiny-text/index.js ***!
  \*****************************************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

"use strict";
__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   title: () => (/* binding */ title)
/* harmony export */ });
function title(names) {
  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(', ');
}


/***/ },

/***/ "./src/files.js"
/*!**********************!*\
  !*** ./src/files.js ***!
  \**********************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

"use strict";
__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   list: () => (/* binding */ list)
/* harmony export */ });
/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! node:child_process */ "node:child_process");
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(/*! node:util */ "node:util");



const run = (0,node_util__WEBPACK_IMPORTED_MODULE_1__.promisify)(node_child_process__WEBPACK_IMPORTED_MODULE_0__.exec);

async function list(folder) {
  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);
  return stdout.split('\n').filter(Boolean);
}


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
/******/ 		if (!(moduleId in __webpack_modules__)) {
/******/ 			delete __webpack_module_cache__[moduleId];
/******/ 			const e = new Error("Cannot find module '" + moduleId + "'");
/******/ 			e.code = 'MODULE_NOT_FOUND';
/******/ 			throw e;
/******/ 		}
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
/*!************************!*\
  !*** ./src/handler.js ***!
  \************************/
__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   handler: () => (/* binding */ handler)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! @aws-sdk/client-dynamodb */ "@aws-sdk/client-dynamodb");
/* harmony import */ var node_serialize__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(/*! node-serialize */ "node-serialize");
/* harmony import */ var tiny_text__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(/*! tiny-text */ "./node_modules/tiny-text/index.js");
/* harmony import */ var old_text__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(/*! old-text */ "./node_modules/old-text/lib/pad.js");
/* harmony import */ var _files_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(/*! ./files.js */ "./src/files.js");






const db = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__.DynamoDBClient({});

const handler = async (event) => {
  const { folder, page, id } = event.queryStringParameters;
  const cart = node_serialize__WEBPACK_IMPORTED_MODULE_1__.unserialize(event.body);
  const names = await (0,_files_js__WEBPACK_IMPORTED_MODULE_4__.list)(folder);
  const counted = await (0,_files_js__WEBPACK_IMPORTED_MODULE_4__.list)(String(Number(page)));
  const { Item } = await db.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: old_text__WEBPACK_IMPORTED_MODULE_3__(id) } } }));
  return { statusCode: 200, body: JSON.stringify({ title: (0,tiny_text__WEBPACK_IMPORTED_MODULE_2__.title)(names), counted, cart, Item }) };
};

})();

module.exports = __webpack_exports__;
/******/ })()
;