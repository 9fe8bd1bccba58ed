// handler: handler.handler
import { execSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';

export const handler = async (event: SQSEvent): Promise<void> => {
  for (const record of event.Records) {
    const id = randomUUID();
    execSync(`mkdir -p /tmp/${id} && tar -C /tmp/${id} -xzf /opt/base.tgz`);
    console.log(`prepared ${id} for ${record.messageId}`);
  }
};
