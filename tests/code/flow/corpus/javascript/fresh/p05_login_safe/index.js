// handler: index.handler
const bcrypt = require('bcryptjs');
const jwt = require('jsonwebtoken');
const { Pool } = require('pg');

const pool = new Pool();

module.exports.handler = async (event) => {
  const { email, password } = JSON.parse(event.body);
  const { rows } = await pool.query('SELECT id, hash FROM users WHERE email = $1', [email]);
  if (rows.length === 0 || !(await bcrypt.compare(password, rows[0].hash))) {
    console.warn('login refused');
    return { statusCode: 401, body: JSON.stringify({ message: 'wrong email or password' }) };
  }
  const token = jwt.sign({ sub: rows[0].id }, process.env.JWT_SECRET, { expiresIn: '1h' });
  return { statusCode: 200, body: JSON.stringify({ token }) };
};
