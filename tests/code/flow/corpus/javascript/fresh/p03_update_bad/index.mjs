// handler: index.handler
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async (event) => {
  const changes = JSON.parse(event.body);
  const sets = Object.keys(changes).map((name, index) => `${name} = :v${index}`);
  const values = Object.fromEntries(Object.values(changes).map((value, index) => [`:v${index}`, value]));
  await client.send( // BAD: nosql
    new UpdateCommand({
      TableName: process.env.TABLE,
      Key: { id: event.pathParameters.id },
      UpdateExpression: `SET ${sets.join(', ')}`,
      ExpressionAttributeValues: values,
    }),
  );
  return { statusCode: 204 };
};
