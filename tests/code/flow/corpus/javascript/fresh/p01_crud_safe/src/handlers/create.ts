// handler: src/handlers/create.handler
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });

export const handler = async (event: APIGatewayProxyEvent) => {
  if (!event.body) {
    return { statusCode: 400, body: JSON.stringify({ message: 'a body is needed' }) };
  }
  const { title, tags = [] } = JSON.parse(event.body);
  const item = { id: randomUUID(), title, tags, owner: event.requestContext.authorizer?.claims.sub, created: new Date().toISOString() };
  await client.send(new PutCommand({ TableName: process.env.TABLE_NAME!, Item: item, ConditionExpression: 'attribute_not_exists(id)' }));
  return { statusCode: 201, headers: { Location: `/items/${item.id}` }, body: JSON.stringify(item) };
};
