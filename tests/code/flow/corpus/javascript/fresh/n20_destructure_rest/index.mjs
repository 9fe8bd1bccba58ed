// handler: index.handler
import { S3Client, CopyObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';

const s3 = new S3Client({});
const Bucket = process.env.BUCKET;

export const handler = async (event) => {
  const { action, ...params } = JSON.parse(event.body);
  if (action === 'copy') {
    await s3.send(new CopyObjectCommand({ Bucket, ...params })); // BAD: cloud-target
  } else {
    await s3.send(new DeleteObjectCommand({ Bucket, Key: `${event.requestContext.authorizer.claims.sub}/${params.name}` }));
  }
  return { statusCode: 204 };
};
