// handler: index.handler
const mysql = require('mysql');
const pool = mysql.createPool({
  host: process.env.DB_HOST,
  user: process.env.DB_USER,
  password: process.env.DB_PASSWORD,
});

exports.handler = function (event, context, callback) {
  context.callbackWaitsForEmptyEventLoop = false;
  const name = event.queryStringParameters.name;
  const sql = "SELECT id, name FROM customers WHERE name LIKE '%" + name + "%'";
  pool.query(sql, function (error, results) { // BAD: sql
    if (error) {
      callback(null, { statusCode: 500, body: 'failed' });
    } else {
      callback(null, { statusCode: 200, body: JSON.stringify(results) });
    }
  });
};
