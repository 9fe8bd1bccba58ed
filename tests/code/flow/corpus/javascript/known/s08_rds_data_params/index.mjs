// handler: index.handler
import { RDSDataClient, ExecuteStatementCommand } from '@aws-sdk/client-rds-data';

const client = new RDSDataClient({});

export async function handler(event) {
  const command = new ExecuteStatementCommand({
    resourceArn: process.env.CLUSTER_ARN,
    secretArn: process.env.SECRET_ARN,
    sql: 'select * from stock where sku = :sku',
    parameters: [{ name: 'sku', value: { stringValue: event.pathParameters.sku } }],
  });
  const out = await client.send(command);
  return { statusCode: 200, body: JSON.stringify(out.records) };
}
