// handler: index.handler
import { stringify } from 'csv-stringify/sync';
import { createPool } from 'mysql2/promise';

const pool = createPool({ uri: process.env.DB });
const COLUMNS = { name: 'customer_name', day: 'created_at' } as const;
type Column = keyof typeof COLUMNS;

function isColumn(value: string | undefined): value is Column {
  return value !== undefined && value in COLUMNS;
}

export const handler = async (event: { queryStringParameters?: Record<string, string> }) => {
  const requested = event.queryStringParameters?.sort;
  const sort = isColumn(requested) ? COLUMNS[requested] : COLUMNS.day;
  const [rows] = await pool.query(`SELECT * FROM sales ORDER BY ${sort} LIMIT ?`, [1000]);
  return { statusCode: 200, headers: { 'content-type': 'text/csv' }, body: stringify(rows as any[]) };
};
