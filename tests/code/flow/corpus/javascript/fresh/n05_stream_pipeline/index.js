// handler: index.handler
const { pipeline } = require('stream/promises');
const fs = require('fs');
const zlib = require('zlib');
const { S3 } = require('aws-sdk');

const s3 = new S3({ apiVersion: '2006-03-01' });

exports.handler = async (event) => {
  const [{ s3: source }] = event.Records;
  const name = decodeURIComponent(source.object.key).replace(/\+/g, ' ');
  const target = '/tmp/' + name;
  await pipeline(
    s3.getObject({ Bucket: source.bucket.name, Key: name }).createReadStream(),
    zlib.createGunzip(),
    fs.createWriteStream(target), // BAD: path
  );
  return fs.statSync('/tmp').size;
};
