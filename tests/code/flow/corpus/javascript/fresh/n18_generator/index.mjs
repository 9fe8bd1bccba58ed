// handler: index.handler
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import vm from 'node:vm';

const client = new DynamoDBClient({});

async function* rows(TableName) {
  for await (const page of paginateScan({ client }, { TableName })) {
    yield* page.Items ?? [];
  }
}

export const handler = async ({ expression }) => {
  const test = vm.runInNewContext(`(row) => ${expression}`); // BAD: code-evaluation
  let count = 0;
  for await (const row of rows(process.env.TABLE)) {
    if (test(row)) count += 1;
  }
  return count;
};
