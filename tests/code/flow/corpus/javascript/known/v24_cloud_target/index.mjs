// handler: index.handler
import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const s3 = new S3Client({ region: 'eu-west-1' });

export const handler = async (event) => {
  const { bucket, key } = JSON.parse(event.body);
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })); // BAD: cloud-target
  const text = await object.Body.transformToString();
  return { statusCode: 200, body: JSON.stringify({ length: text.length }) };
};
