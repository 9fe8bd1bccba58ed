// handler: index.handler
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { DynamoDB } from '@aws-sdk/client-dynamodb';

const db = DynamoDBDocument.from(new DynamoDB({}));

export const handler = async (event) => {
  const { domainName, stage, connectionId } = event.requestContext;
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const { Items = [] } = await db.scan({ TableName: process.env.CONNECTIONS, ProjectionExpression: 'id' });
  const { message } = JSON.parse(event.body);
  await Promise.allSettled(
    Items.filter(({ id }) => id !== connectionId).map(({ id }) => api.send(new PostToConnectionCommand({ ConnectionId: id, Data: message }))),
  );
  return { statusCode: 200 };
};
