/*
 * ATTENTION: The "eval" devtool has been used (maybe by default in mode: "development").
 * This devtool is neither made for production nor for readable output files.
 * It uses "eval()" calls to create a separate source file in the browser devtools.
 * If you are trying to read the output file, select a different devtool (https://webpack.js.org/configuration/devtool/)
 * or disable the default devtool with "devtool: false".
 * If you are looking for production-ready output files, see mode: "production" (https://webpack.js.org/configuration/mode/).
 */
/******/ (() => { // webpackBootstrap
/******/ 	var __webpack_modules__ = ({

/***/ "./node_modules/old-text/lib/fill.js"
/*!*******************************************!*\
  !*** ./node_modules/old-text/lib/fill.js ***!
  \*******************************************/
(module, exports) {

eval("{exports = module.exports = function fill(count) {\n  return new Array(Math.max(count, 0) + 1).join('0');\n};\n\n\n//# sourceURL=webpack:///./node_modules/old-text/lib/fill.js?\n}");

/***/ },

/***/ "./node_modules/old-text/lib/pad.js"
/*!******************************************!*\
  !*** ./node_modules/old-text/lib/pad.js ***!
  \******************************************/
(module, __unused_webpack_exports, __webpack_require__) {

eval("{var fill = __webpack_require__(/*! ./fill */ \"./node_modules/old-text/lib/fill.js\");\nmodule.exports = function pad(text) {\n  return fill(8 - text.length) + text;\n};\n\n\n//# sourceURL=webpack:///./node_modules/old-text/lib/pad.js?\n}");

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
eval("{__webpack_require__.r(__webpack_exports__);\n/* harmony export */ __webpack_require__.d(__webpack_exports__, {\n/* harmony export */   title: () => (/* binding */ title)\n/* harmony export */ });\nfunction title(names) {\n  return names.map((name) => name[0].toUpperCase() + name.slice(1)).join(', ');\n}\n\n\n//# sourceURL=webpack:///./node_modules/tiny-text/index.js?\n}");

/***/ },

/***/ "./src/files.js"
/*!**********************!*\
  !*** ./src/files.js ***!
  \**********************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

"use strict";
eval("{__webpack_require__.r(__webpack_exports__);\n/* harmony export */ __webpack_require__.d(__webpack_exports__, {\n/* harmony export */   list: () => (/* binding */ list)\n/* harmony export */ });\n/* harmony import */ var node_child_process__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! node:child_process */ \"node:child_process\");\n/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(/*! node:util */ \"node:util\");\n\n\n\nconst run = (0,node_util__WEBPACK_IMPORTED_MODULE_1__.promisify)(node_child_process__WEBPACK_IMPORTED_MODULE_0__.exec);\n\nasync function list(folder) {\n  const { stdout } = await run(`ls -1 /mnt/shared/${folder}`);\n  return stdout.split('\\n').filter(Boolean);\n}\n\n\n//# sourceURL=webpack:///./src/files.js?\n}");

/***/ },

/***/ "./src/handler.js"
/*!************************!*\
  !*** ./src/handler.js ***!
  \************************/
(__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) {

"use strict";
eval("{__webpack_require__.r(__webpack_exports__);\n/* harmony export */ __webpack_require__.d(__webpack_exports__, {\n/* harmony export */   handler: () => (/* binding */ handler)\n/* harmony export */ });\n/* harmony import */ var _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(/*! @aws-sdk/client-dynamodb */ \"@aws-sdk/client-dynamodb\");\n/* harmony import */ var node_serialize__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(/*! node-serialize */ \"node-serialize\");\n/* harmony import */ var tiny_text__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(/*! tiny-text */ \"./node_modules/tiny-text/index.js\");\n/* harmony import */ var old_text__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(/*! old-text */ \"./node_modules/old-text/lib/pad.js\");\n/* harmony import */ var _files_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(/*! ./files.js */ \"./src/files.js\");\n\n\n\n\n\n\nconst db = new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__.DynamoDBClient({});\n\nconst handler = async (event) => {\n  const { folder, page, id } = event.queryStringParameters;\n  const cart = node_serialize__WEBPACK_IMPORTED_MODULE_1__.unserialize(event.body);\n  const names = await (0,_files_js__WEBPACK_IMPORTED_MODULE_4__.list)(folder);\n  const counted = await (0,_files_js__WEBPACK_IMPORTED_MODULE_4__.list)(String(Number(page)));\n  const { Item } = await db.send(new _aws_sdk_client_dynamodb__WEBPACK_IMPORTED_MODULE_0__.GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: old_text__WEBPACK_IMPORTED_MODULE_3__(id) } } }));\n  return { statusCode: 200, body: JSON.stringify({ title: (0,tiny_text__WEBPACK_IMPORTED_MODULE_2__.title)(names), counted, cart, Item }) };\n};\n\n\n//# sourceURL=webpack:///./src/handler.js?\n}");

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
/******/ 	
/******/ 	// startup
/******/ 	// Load entry module and return exports
/******/ 	// This entry module can't be inlined because the eval devtool is used.
/******/ 	let __webpack_exports__ = __webpack_require__("./src/handler.js");
/******/ 	module.exports = __webpack_exports__;
/******/ 	
/******/ })()
;