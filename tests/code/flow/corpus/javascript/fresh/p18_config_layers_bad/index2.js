// handler: index2.handler
module.exports = require('./index');
