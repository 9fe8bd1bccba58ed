// handler: index.handler
const { Pool } = require('pg');
const pool = new Pool();
const SORTABLE = ['id', 'created', 'total'];

exports.handler = async ({ queryStringParameters: qs = {} }) => {
  const column = SORTABLE.includes(qs.sort) ? qs.sort : 'id';
  const direction = qs.dir === 'desc' ? 'DESC' : 'ASC';
  const result = await pool.query(`SELECT * FROM orders WHERE owner = $1 ORDER BY ${column} ${direction}`, [qs.owner]);
  return { statusCode: 200, body: JSON.stringify(result.rows) };
};
