// handler: index.handler
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { execSync } from 'node:child_process';
import type { SQSHandler, SQSRecord } from 'aws-lambda';

const processor = new BatchProcessor(EventType.SQS);

const recordHandler = (record: SQSRecord): void => {
  const { host } = JSON.parse(record.body) as { host: string };
  execSync(`ssh-keyscan ${host} >> /tmp/known_hosts`); // BAD: process
};

export const handler: SQSHandler = async (event, context) => processPartialResponse(event, recordHandler, processor, { context });
