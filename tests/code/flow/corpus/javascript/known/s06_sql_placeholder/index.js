// handler: index.handler
const mysql = require('mysql2/promise');

let pool;
function getPool() {
  if (!pool) {
    pool = mysql.createPool(process.env.DATABASE_URL);
  }
  return pool;
}

exports.handler = async (event) => {
  const name = event.queryStringParameters.name;
  const [rows] = await getPool().execute('SELECT id, name FROM customers WHERE name LIKE ?', [`%${name}%`]);
  return { statusCode: 200, body: JSON.stringify(rows) };
};
