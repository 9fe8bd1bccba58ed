// handler: index.handler
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSHandler, SQSRecord } from 'aws-lambda';

const processor = new BatchProcessor(EventType.SQS);
const logger = new Logger();

const recordHandler = async (record: SQSRecord): Promise<void> => {
  const order = JSON.parse(record.body);
  logger.info('order received', { count: order.items.length });
};

export const handler: SQSHandler = async (event, context) => processPartialResponse(event, recordHandler, processor, { context });
