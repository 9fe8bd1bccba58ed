// handler: index.handler
import knex from 'knex';

const db = knex({ client: 'pg', connection: process.env.DATABASE_URL });

interface Query {
  from: string;
  to: string;
  region?: string;
}

export const handler = async (event: { arguments: Query }) => {
  const { from, to, region } = event.arguments;
  const rows = await db('sales')
    .whereBetween('day', [from, to])
    .andWhere(db.raw(`region = '${region}'`)) // BAD: sql
    .select('day', 'total');
  return rows;
};
