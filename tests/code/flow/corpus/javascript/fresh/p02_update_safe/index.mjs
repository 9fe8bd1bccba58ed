// handler: index.handler
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const FIELDS = ['title', 'note', 'state'];

export const handler = async (event) => {
  const changes = JSON.parse(event.body);
  const names = {};
  const values = {};
  const sets = [];
  for (const field of FIELDS) {
    if (field in changes) {
      names[`#${field}`] = field;
      values[`:${field}`] = changes[field];
      sets.push(`#${field} = :${field}`);
    }
  }
  await client.send(
    new UpdateCommand({
      TableName: process.env.TABLE,
      Key: { id: event.pathParameters.id },
      UpdateExpression: `SET ${sets.join(', ')}`,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    }),
  );
  return { statusCode: 204 };
};
