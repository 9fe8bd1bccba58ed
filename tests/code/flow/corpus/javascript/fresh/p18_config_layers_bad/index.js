const defaults = require('./defaults.json');

const merge = (target, source) => {
  for (const [key, value] of Object.entries(source)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') continue;
    target[key] = value && typeof value === 'object' ? merge(target[key] || {}, value) : value; // BAD: module-state
  }
  return target;
};

exports.handler = async (event) => merge({ ...defaults }, event.settings);
