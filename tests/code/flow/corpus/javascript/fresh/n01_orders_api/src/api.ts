// handler: src/api.handler
import { Pool } from 'pg';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { OrderRepository } from './lib/orders';
import { json, page } from './lib/respond';

const repository = new OrderRepository(new Pool({ connectionString: process.env.DATABASE_URL }));

export const handler = async (event: APIGatewayProxyEventV2) => {
  const route = `${event.requestContext.http.method} ${event.rawPath}`;
  switch (route) {
    case 'GET /orders':
      return json(200, await repository.search(event.queryStringParameters!.customer!, event.queryStringParameters!.state!));
    case 'GET /order':
      return json(200, await repository.byId(event.queryStringParameters!.id!));
    case 'GET /help':
      return page('Help', `<p>Nothing found for ${event.queryStringParameters?.q}</p>`);
    default:
      return json(404, { message: 'no such route' });
  }
};
