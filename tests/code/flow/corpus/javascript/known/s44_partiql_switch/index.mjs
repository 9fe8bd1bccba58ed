// handler: index.handler
import { DynamoDB } from '@aws-sdk/client-dynamodb';

const db = new DynamoDB({});

const statementFor = (kind) => {
  switch (kind) {
    case 'open':
      return 'SELECT * FROM orders WHERE state = 0';
    case 'closed':
      return 'SELECT * FROM orders WHERE state = 1';
    default:
      throw new Error('unknown kind');
  }
};

export const handler = async (event) => {
  const out = await db.executeStatement({ Statement: statementFor(event.kind) });
  return out.Items;
};
