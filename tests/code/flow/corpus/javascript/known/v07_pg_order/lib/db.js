const { Pool } = require('pg');

const pool = new Pool();

const list = (table, { orderBy = 'id', limit = 20 }) =>
  pool.query(`SELECT * FROM ${table} ORDER BY ${orderBy} LIMIT ${Number(limit)}`); // BAD: sql

module.exports.list = list;
