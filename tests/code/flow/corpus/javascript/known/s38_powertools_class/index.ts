// handler: index.handler
import { Logger } from '@aws-lambda-powertools/logger';
import type { LambdaInterface } from '@aws-lambda-powertools/commons/types';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const logger = new Logger();
const client = new DynamoDBClient({});

class Lambda implements LambdaInterface {
  @logger.injectLambdaContext()
  public async handler(event: { id: string }, _context: unknown): Promise<unknown> {
    const out = await client.send(new GetItemCommand({ TableName: process.env.TABLE, Key: { id: { S: event.id } } }));
    return out.Item;
  }
}

const instance = new Lambda();
export const handler = instance.handler.bind(instance);
