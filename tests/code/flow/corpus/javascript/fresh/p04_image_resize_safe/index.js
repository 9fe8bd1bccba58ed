// handler: index.handler
const sharp = require('sharp');
const { S3Client, GetObjectCommand, PutObjectCommand } = require('@aws-sdk/client-s3');

const s3 = new S3Client({});

exports.handler = async (event) => {
  for (const { s3: { bucket, object } } of event.Records) {
    const key = decodeURIComponent(object.key.replace(/\+/g, ' '));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
    const small = await sharp(await Body.transformToByteArray()).resize(200).toBuffer();
    await s3.send(new PutObjectCommand({ Bucket: process.env.THUMBNAILS, Key: `small/${key}`, Body: small }));
  }
};
