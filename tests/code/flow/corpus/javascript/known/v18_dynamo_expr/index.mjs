// handler: index.handler
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

const doc = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const handler = async (event) => {
  const { field, value } = event.queryStringParameters;
  const out = await doc.send( // BAD: nosql
    new ScanCommand({
      TableName: process.env.TABLE_NAME,
      FilterExpression: `${field} = :v`,
      ExpressionAttributeValues: { ':v': value },
    }),
  );
  return { statusCode: 200, body: JSON.stringify(out.Items) };
};
