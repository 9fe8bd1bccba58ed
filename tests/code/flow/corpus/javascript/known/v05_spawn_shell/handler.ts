// handler: handler.handler
import { spawn } from 'node:child_process';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';

const collect = (command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, { shell: true }); // BAD: process
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });

export const handler: APIGatewayProxyHandlerV2 = async (event) => {
  const host = event.queryStringParameters?.host;
  const output = await collect(`dig +short ${host}`);
  return { statusCode: 200, body: output };
};
