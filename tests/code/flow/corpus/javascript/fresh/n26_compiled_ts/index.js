// handler: index.handler
"use strict";
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
const axios_1 = __importDefault(require("axios"));
const child_process_1 = require("child_process");
const handler = (event) => __awaiter(void 0, void 0, void 0, function* () {
    const { data } = yield axios_1.default.get(event.address); // BAD: request
    const out = (0, child_process_1.execSync)(`report ${event.name}`); // BAD: process
    return { data, out: String(out) };
});
exports.handler = handler;
