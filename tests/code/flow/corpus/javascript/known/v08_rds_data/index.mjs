// handler: index.handler
import { RDSDataClient, ExecuteStatementCommand } from '@aws-sdk/client-rds-data';

const client = new RDSDataClient({});

export async function handler(event) {
  const sku = event.pathParameters.sku;
  const out = await client.send( // BAD: sql
    new ExecuteStatementCommand({
      resourceArn: process.env.CLUSTER_ARN,
      secretArn: process.env.SECRET_ARN,
      sql: `select * from stock where sku = '${sku}'`,
    }),
  );
  return { statusCode: 200, body: JSON.stringify(out.records) };
}
