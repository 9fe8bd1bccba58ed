// handler: index.handler
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
var fs_1 = require("fs");
var util_1 = require("util");
var read = util_1.promisify(fs_1.readFile);
function load(name) {
    return __awaiter(this, void 0, void 0, function () {
        var text;
        return __generator(this, function (_a) {
            switch (_a.label) {
                case 0: return [4 /*yield*/, read('/opt/data/' + name)]; // BAD: path
                case 1:
                    text = _a.sent();
                    return [2 /*return*/, text.toString()];
            }
        });
    });
}
var handler = function (event) { return __awaiter(void 0, void 0, void 0, function () {
    var file;
    return __generator(this, function (_a) {
        switch (_a.label) {
            case 0: return [4 /*yield*/, Promise.resolve(event.pathParameters)];
            case 1:
                file = _a.sent();
                return [2 /*return*/, load(file.name)];
        }
    });
}); };
exports.handler = handler;
