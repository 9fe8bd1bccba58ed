'use strict';
const fs = require('fs');
const path = require('path');

const BASE = path.resolve(__dirname, '../data');

exports.readInside = function readInside(name) {
  const full = path.normalize(path.join(BASE, name));
  if (full.indexOf(BASE + path.sep) !== 0) {
    throw new Error('outside');
  }
  return fs.readFileSync(full, 'utf8');
};
