// handler: index.handler
'use strict';

var mysql = require('mysql');
var connection = mysql.createConnection(process.env.DB);

exports.handler = function (event, context, callback) {
  var sql = 'SELECT * FROM users WHERE name = ' + mysql.escape(event.name) + ' LIMIT ' + parseInt(event.limit, 10);
  connection.query(sql, function (err, rows) {
    if (err) {
      console.error('query failed', err.code);
      return callback(null, { statusCode: 500, body: 'failed' });
    }
    callback(null, { statusCode: 200, body: JSON.stringify(rows) });
  });
};
