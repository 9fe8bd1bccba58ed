import { Pool } from 'pg';

export class OrderRepository {
  constructor(private readonly pool: Pool) {}

  async search(customer: string, state: string) {
    const where = [`customer_id = $1`];
    if (state) {
      where.push(`state = '${state}'`);
    }
    const { rows } = await this.pool.query(`SELECT * FROM orders WHERE ${where.join(' AND ')}`, [customer]); // BAD: sql
    return rows;
  }

  async byId(id: string) {
    const { rows } = await this.pool.query({ text: 'SELECT * FROM orders WHERE id = $1', values: [id] });
    return rows[0];
  }
}
