// handler: index.handler
'use strict';

var mysql = require('mysql');
var connection = mysql.createConnection({ host: process.env.HOST, user: 'app', password: process.env.PASS });

function find(email, done) {
  connection.query('SELECT * FROM users WHERE email = ?', [email], function (err, rows) {
    if (err) return done(err);
    done(null, rows[0]);
  });
}

function audit(user, action, done) {
  var sql = 'INSERT INTO audit (user_id, action) VALUES (' + user.id + ", '" + action + "')";
  connection.query(sql, done); // BAD: sql
}

exports.handler = function (event, context, callback) {
  find(event.email, function (err, user) {
    if (err) return callback(err);
    audit(user, event.action, function (error) {
      callback(error, user && user.name);
    });
  });
};
