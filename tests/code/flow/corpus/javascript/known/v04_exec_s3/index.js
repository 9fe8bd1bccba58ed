// handler: index.handler
const { exec } = require('child_process');
const AWS = require('aws-sdk');
const s3 = new AWS.S3();

exports.handler = (event, context, callback) => {
  const bucket = event.Records[0].s3.bucket.name;
  const key = decodeURIComponent(event.Records[0].s3.object.key.replace(/\+/g, ' '));
  s3.getObject({ Bucket: bucket, Key: key }, (err, data) => {
    if (err) {
      callback(err);
      return;
    }
    exec('convert /tmp/in.png /tmp/' + key, (error, stdout) => { // BAD: process
      if (error) return callback(error);
      callback(null, stdout);
    });
  });
};
