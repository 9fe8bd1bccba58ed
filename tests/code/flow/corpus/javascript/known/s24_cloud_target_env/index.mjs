// handler: index.handler
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'crypto';

const s3 = new S3Client({});

export const handler = async (event) => {
  const key = `incoming/${randomUUID()}.json`;
  await s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: key, Body: event.body }));
  return { statusCode: 201, body: JSON.stringify({ key }) };
};
