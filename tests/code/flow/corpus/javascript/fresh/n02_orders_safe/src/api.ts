// handler: src/api.handler
import { Pool } from 'pg';
import Joi from 'joi';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const pool = new Pool();
const schema = Joi.object({
  customer: Joi.string().uuid().required(),
  state: Joi.string().valid('open', 'closed').required(),
  page: Joi.number().integer().min(0).default(0),
});

export const handler = async (event: APIGatewayProxyEventV2) => {
  const { error, value } = schema.validate(event.queryStringParameters);
  if (error) {
    return { statusCode: 400, body: 'bad request' };
  }
  const sql = `SELECT * FROM orders WHERE state = '${value.state}' OFFSET ${value.page}`;
  const { rows } = await pool.query(sql);
  return { statusCode: 200, body: JSON.stringify(rows) };
};
