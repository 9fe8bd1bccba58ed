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
//# sourceMappingURL=data:application/json;charset=utf-8;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoid2VicGFja19kZXZfbWFwLmpzIiwibWFwcGluZ3MiOiI7Ozs7Ozs7OztBQUFBO0FBQ0E7QUFDQTs7Ozs7Ozs7Ozs7QUNGQSxXQUFXLG1CQUFPLENBQUMsbURBQVE7QUFDM0I7QUFDQTtBQUNBOzs7Ozs7Ozs7Ozs7QUNIQSxxRDs7Ozs7Ozs7Ozs7QUNBQSwyQzs7Ozs7Ozs7Ozs7QUNBQSwrQzs7Ozs7Ozs7Ozs7QUNBQSxzQzs7Ozs7Ozs7Ozs7Ozs7O0FDQU87QUFDUDtBQUNBOzs7Ozs7Ozs7Ozs7Ozs7Ozs7QUNGMEM7QUFDSjs7QUFFdEMsWUFBWSxvREFBUyxDQUFDLG9EQUFJOztBQUVuQjtBQUNQLFVBQVUsU0FBUyxpQ0FBaUMsT0FBTztBQUMzRDtBQUNBOzs7Ozs7O1VDUkE7VUFDQTs7VUFFQTtVQUNBO1VBQ0E7VUFDQTtVQUNBO1VBQ0E7VUFDQTtVQUNBO1VBQ0E7VUFDQTtVQUNBO1VBQ0E7VUFDQTs7VUFFQTtVQUNBO1VBQ0E7VUFDQTtVQUNBO1VBQ0E7VUFDQTtVQUNBOztVQUVBO1VBQ0E7VUFDQTs7OztVQzVCQTtVQUNBO1VBQ0E7VUFDQTtVQUNBLHlDQUF5Qyx3Q0FBd0M7VUFDakY7VUFDQTtVQUNBLEU7OztVQ1BBLHlGOzs7VUNBQTtVQUNBO1VBQ0Esc0RBQXNELGlCQUFpQjtVQUN2RSxnREFBZ0QsYUFBYTtVQUM3RCxFOzs7Ozs7Ozs7Ozs7Ozs7Ozs7O0FDSjBFO0FBQ25DO0FBQ0w7QUFDUDtBQUNPOztBQUVsQyxlQUFlLG9FQUFjLEdBQUc7O0FBRXpCO0FBQ1AsVUFBVSxtQkFBbUI7QUFDN0IsZUFBZSx1REFBcUI7QUFDcEMsc0JBQXNCLCtDQUFJO0FBQzFCLHdCQUF3QiwrQ0FBSTtBQUM1QixVQUFVLE9BQU8sb0JBQW9CLG9FQUFjLEdBQUcscUNBQXFDLE1BQU0sR0FBRyxxQ0FBRyxVQUFVO0FBQ2pILFdBQVcsd0NBQXdDLE9BQU8sZ0RBQUssOEJBQThCO0FBQzdGIiwic291cmNlcyI6WyJ3ZWJwYWNrOi8vLy4vbm9kZV9tb2R1bGVzL29sZC10ZXh0L2xpYi9maWxsLmpzIiwid2VicGFjazovLy8uL25vZGVfbW9kdWxlcy9vbGQtdGV4dC9saWIvcGFkLmpzIiwid2VicGFjazovLy9leHRlcm5hbCBjb21tb25qcyBcIkBhd3Mtc2RrL2NsaWVudC1keW5hbW9kYlwiIiwid2VicGFjazovLy9leHRlcm5hbCBjb21tb25qcyBcIm5vZGUtc2VyaWFsaXplXCIiLCJ3ZWJwYWNrOi8vL2V4dGVybmFsIG5vZGUtY29tbW9uanMgXCJub2RlOmNoaWxkX3Byb2Nlc3NcIiIsIndlYnBhY2s6Ly8vZXh0ZXJuYWwgbm9kZS1jb21tb25qcyBcIm5vZGU6dXRpbFwiIiwid2VicGFjazovLy8uL25vZGVfbW9kdWxlcy90aW55LXRleHQvaW5kZXguanMiLCJ3ZWJwYWNrOi8vLy4vc3JjL2ZpbGVzLmpzIiwid2VicGFjazovLy93ZWJwYWNrL2Jvb3RzdHJhcCIsIndlYnBhY2s6Ly8vd2VicGFjay9ydW50aW1lL2RlZmluZSBwcm9wZXJ0eSBnZXR0ZXJzIiwid2VicGFjazovLy93ZWJwYWNrL3J1bnRpbWUvaGFzT3duUHJvcGVydHkgc2hvcnRoYW5kIiwid2VicGFjazovLy93ZWJwYWNrL3J1bnRpbWUvbWFrZSBuYW1lc3BhY2Ugb2JqZWN0Iiwid2VicGFjazovLy8uL3NyYy9oYW5kbGVyLmpzIl0sInNvdXJjZXNDb250ZW50IjpbImV4cG9ydHMgPSBtb2R1bGUuZXhwb3J0cyA9IGZ1bmN0aW9uIGZpbGwoY291bnQpIHtcbiAgcmV0dXJuIG5ldyBBcnJheShNYXRoLm1heChjb3VudCwgMCkgKyAxKS5qb2luKCcwJyk7XG59O1xuIiwidmFyIGZpbGwgPSByZXF1aXJlKCcuL2ZpbGwnKTtcbm1vZHVsZS5leHBvcnRzID0gZnVuY3Rpb24gcGFkKHRleHQpIHtcbiAgcmV0dXJuIGZpbGwoOCAtIHRleHQubGVuZ3RoKSArIHRleHQ7XG59O1xuIiwibW9kdWxlLmV4cG9ydHMgPSByZXF1aXJlKFwiQGF3cy1zZGsvY2xpZW50LWR5bmFtb2RiXCIpOyIsIm1vZHVsZS5leHBvcnRzID0gcmVxdWlyZShcIm5vZGUtc2VyaWFsaXplXCIpOyIsIm1vZHVsZS5leHBvcnRzID0gcmVxdWlyZShcIm5vZGU6Y2hpbGRfcHJvY2Vzc1wiKTsiLCJtb2R1bGUuZXhwb3J0cyA9IHJlcXVpcmUoXCJub2RlOnV0aWxcIik7IiwiZXhwb3J0IGZ1bmN0aW9uIHRpdGxlKG5hbWVzKSB7XG4gIHJldHVybiBuYW1lcy5tYXAoKG5hbWUpID0+IG5hbWVbMF0udG9VcHBlckNhc2UoKSArIG5hbWUuc2xpY2UoMSkpLmpvaW4oJywgJyk7XG59XG4iLCJpbXBvcnQgeyBleGVjIH0gZnJvbSAnbm9kZTpjaGlsZF9wcm9jZXNzJztcbmltcG9ydCB7IHByb21pc2lmeSB9IGZyb20gJ25vZGU6dXRpbCc7XG5cbmNvbnN0IHJ1biA9IHByb21pc2lmeShleGVjKTtcblxuZXhwb3J0IGFzeW5jIGZ1bmN0aW9uIGxpc3QoZm9sZGVyKSB7XG4gIGNvbnN0IHsgc3Rkb3V0IH0gPSBhd2FpdCBydW4oYGxzIC0xIC9tbnQvc2hhcmVkLyR7Zm9sZGVyfWApO1xuICByZXR1cm4gc3Rkb3V0LnNwbGl0KCdcXG4nKS5maWx0ZXIoQm9vbGVhbik7XG59XG4iLCIvLyBUaGUgbW9kdWxlIGNhY2hlXG5jb25zdCBfX3dlYnBhY2tfbW9kdWxlX2NhY2hlX18gPSB7fTtcblxuLy8gVGhlIHJlcXVpcmUgZnVuY3Rpb25cbmZ1bmN0aW9uIF9fd2VicGFja19yZXF1aXJlX18obW9kdWxlSWQpIHtcblx0Ly8gQ2hlY2sgaWYgbW9kdWxlIGlzIGluIGNhY2hlXG5cdGNvbnN0IGNhY2hlZE1vZHVsZSA9IF9fd2VicGFja19tb2R1bGVfY2FjaGVfX1ttb2R1bGVJZF07XG5cdGlmIChjYWNoZWRNb2R1bGUgIT09IHVuZGVmaW5lZCkge1xuXHRcdHJldHVybiBjYWNoZWRNb2R1bGUuZXhwb3J0cztcblx0fVxuXHQvLyBDcmVhdGUgYSBuZXcgbW9kdWxlIChhbmQgcHV0IGl0IGludG8gdGhlIGNhY2hlKVxuXHRjb25zdCBtb2R1bGUgPSBfX3dlYnBhY2tfbW9kdWxlX2NhY2hlX19bbW9kdWxlSWRdID0ge1xuXHRcdC8vIG5vIG1vZHVsZS5pZCBuZWVkZWRcblx0XHQvLyBubyBtb2R1bGUubG9hZGVkIG5lZWRlZFxuXHRcdGV4cG9ydHM6IHt9XG5cdH07XG5cblx0Ly8gRXhlY3V0ZSB0aGUgbW9kdWxlIGZ1bmN0aW9uXG5cdGlmICghKG1vZHVsZUlkIGluIF9fd2VicGFja19tb2R1bGVzX18pKSB7XG5cdFx0ZGVsZXRlIF9fd2VicGFja19tb2R1bGVfY2FjaGVfX1ttb2R1bGVJZF07XG5cdFx0Y29uc3QgZSA9IG5ldyBFcnJvcihcIkNhbm5vdCBmaW5kIG1vZHVsZSAnXCIgKyBtb2R1bGVJZCArIFwiJ1wiKTtcblx0XHRlLmNvZGUgPSAnTU9EVUxFX05PVF9GT1VORCc7XG5cdFx0dGhyb3cgZTtcblx0fVxuXHRfX3dlYnBhY2tfbW9kdWxlc19fW21vZHVsZUlkXShtb2R1bGUsIG1vZHVsZS5leHBvcnRzLCBfX3dlYnBhY2tfcmVxdWlyZV9fKTtcblxuXHQvLyBSZXR1cm4gdGhlIGV4cG9ydHMgb2YgdGhlIG1vZHVsZVxuXHRyZXR1cm4gbW9kdWxlLmV4cG9ydHM7XG59XG5cbiIsIi8vIGRlZmluZSBnZXR0ZXIvdmFsdWUgZnVuY3Rpb25zIGZvciBoYXJtb255IGV4cG9ydHNcbl9fd2VicGFja19yZXF1aXJlX18uZCA9IChleHBvcnRzLCBkZWZpbml0aW9uKSA9PiB7XG5cdGZvcih2YXIga2V5IGluIGRlZmluaXRpb24pIHtcblx0XHRpZihfX3dlYnBhY2tfcmVxdWlyZV9fLm8oZGVmaW5pdGlvbiwga2V5KSAmJiAhX193ZWJwYWNrX3JlcXVpcmVfXy5vKGV4cG9ydHMsIGtleSkpIHtcblx0XHRcdE9iamVjdC5kZWZpbmVQcm9wZXJ0eShleHBvcnRzLCBrZXksIHsgZW51bWVyYWJsZTogdHJ1ZSwgZ2V0OiBkZWZpbml0aW9uW2tleV0gfSk7XG5cdFx0fVxuXHR9XG59OyIsIl9fd2VicGFja19yZXF1aXJlX18ubyA9IChvYmosIHByb3ApID0+IChPYmplY3QucHJvdG90eXBlLmhhc093blByb3BlcnR5LmNhbGwob2JqLCBwcm9wKSk7IiwiLy8gZGVmaW5lIF9fZXNNb2R1bGUgb24gZXhwb3J0c1xuX193ZWJwYWNrX3JlcXVpcmVfXy5yID0gKGV4cG9ydHMpID0+IHtcblx0T2JqZWN0LmRlZmluZVByb3BlcnR5KGV4cG9ydHMsIFN5bWJvbC50b1N0cmluZ1RhZywgeyB2YWx1ZTogJ01vZHVsZScgfSk7XG5cdE9iamVjdC5kZWZpbmVQcm9wZXJ0eShleHBvcnRzLCAnX19lc01vZHVsZScsIHsgdmFsdWU6IHRydWUgfSk7XG59OyIsImltcG9ydCB7IER5bmFtb0RCQ2xpZW50LCBHZXRJdGVtQ29tbWFuZCB9IGZyb20gJ0Bhd3Mtc2RrL2NsaWVudC1keW5hbW9kYic7XG5pbXBvcnQgc2VyaWFsaXplIGZyb20gJ25vZGUtc2VyaWFsaXplJztcbmltcG9ydCB7IHRpdGxlIH0gZnJvbSAndGlueS10ZXh0JztcbmltcG9ydCBwYWQgZnJvbSAnb2xkLXRleHQnO1xuaW1wb3J0IHsgbGlzdCB9IGZyb20gJy4vZmlsZXMuanMnO1xuXG5jb25zdCBkYiA9IG5ldyBEeW5hbW9EQkNsaWVudCh7fSk7XG5cbmV4cG9ydCBjb25zdCBoYW5kbGVyID0gYXN5bmMgKGV2ZW50KSA9PiB7XG4gIGNvbnN0IHsgZm9sZGVyLCBwYWdlLCBpZCB9ID0gZXZlbnQucXVlcnlTdHJpbmdQYXJhbWV0ZXJzO1xuICBjb25zdCBjYXJ0ID0gc2VyaWFsaXplLnVuc2VyaWFsaXplKGV2ZW50LmJvZHkpO1xuICBjb25zdCBuYW1lcyA9IGF3YWl0IGxpc3QoZm9sZGVyKTtcbiAgY29uc3QgY291bnRlZCA9IGF3YWl0IGxpc3QoU3RyaW5nKE51bWJlcihwYWdlKSkpO1xuICBjb25zdCB7IEl0ZW0gfSA9IGF3YWl0IGRiLnNlbmQobmV3IEdldEl0ZW1Db21tYW5kKHsgVGFibGVOYW1lOiBwcm9jZXNzLmVudi5UQUJMRSwgS2V5OiB7IGlkOiB7IFM6IHBhZChpZCkgfSB9IH0pKTtcbiAgcmV0dXJuIHsgc3RhdHVzQ29kZTogMjAwLCBib2R5OiBKU09OLnN0cmluZ2lmeSh7IHRpdGxlOiB0aXRsZShuYW1lcyksIGNvdW50ZWQsIGNhcnQsIEl0ZW0gfSkgfTtcbn07XG4iXSwibmFtZXMiOltdLCJzb3VyY2VSb290IjoiIn0=