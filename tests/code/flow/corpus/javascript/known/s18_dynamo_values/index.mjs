// handler: index.handler
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, PutCommand } from '@aws-sdk/lib-dynamodb';

const doc = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async (event) => {
  const { owner } = event.pathParameters;
  const item = JSON.parse(event.body);
  await doc.send(new PutCommand({ TableName: process.env.TABLE_NAME, Item: { pk: owner, note: item.note } }));
  const out = await doc.send(
    new QueryCommand({
      TableName: process.env.TABLE_NAME,
      KeyConditionExpression: 'pk = :o and begins_with(sk, :p)',
      ExpressionAttributeValues: { ':o': owner, ':p': 'NOTE#' },
    }),
  );
  return { statusCode: 200, body: JSON.stringify(out.Items) };
};
