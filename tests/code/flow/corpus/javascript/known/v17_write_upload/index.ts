// handler: index.handler
import { writeFile } from 'fs/promises';
import { APIGatewayProxyEvent } from 'aws-lambda';

export async function handler(event: APIGatewayProxyEvent) {
  const { name, content } = JSON.parse(event.body!) as { name: string; content: string };
  await writeFile(`/tmp/uploads/${name}`, Buffer.from(content, 'base64')); // BAD: path, tmp-left
  return { statusCode: 204, body: '' };
}
