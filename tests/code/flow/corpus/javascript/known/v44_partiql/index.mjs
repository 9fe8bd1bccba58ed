// handler: index.handler
// triggers: direct
import { DynamoDB } from '@aws-sdk/client-dynamodb';

const db = new DynamoDB({});

export const handler = async (event) => {
  const out = await db.executeStatement({ Statement: `SELECT * FROM orders WHERE id = '${event.id}'` }); // BAD: sql
  return out.Items;
};
