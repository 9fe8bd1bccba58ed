// handler: index.handler
const { pipeline } = require('stream/promises');
const fs = require('fs');
const os = require('os');
const path = require('path');
const crypto = require('crypto');
const { S3 } = require('aws-sdk');

const s3 = new S3();

exports.handler = async (event) => {
  const source = event.Records[0].s3;
  const target = path.join(os.tmpdir(), crypto.createHash('sha1').update(source.object.key).digest('hex'));
  try {
    await pipeline(s3.getObject({ Bucket: source.bucket.name, Key: source.object.key }).createReadStream(), fs.createWriteStream(target));
    return fs.readFileSync(target).length;
  } finally {
    fs.unlinkSync(target);
  }
};
