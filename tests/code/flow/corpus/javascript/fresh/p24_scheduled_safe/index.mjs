// handler: index.handler
// triggers: schedule
import { RDSDataClient, ExecuteStatementCommand } from '@aws-sdk/client-rds-data';

const client = new RDSDataClient({});

export const handler = async (event) => {
  const days = event.days ?? 30;
  await client.send(
    new ExecuteStatementCommand({
      resourceArn: process.env.CLUSTER,
      secretArn: process.env.SECRET,
      sql: `delete from sessions where created < now() - interval '${days} days'`,
    }),
  );
};
