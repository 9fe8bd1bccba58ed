// handler: index.handler
const AWS = require('aws-sdk');

const sns = new AWS.SNS({ // BAD: static-credentials
  accessKeyId: 'AKIAZ7Q2M4T6W8Y3B5D1',
  secretAccessKey: 'q8W2e4R6t8Y1u3I5o7P9a2S4d6F8g1H3j5K7l9Z2',
  region: 'us-east-1',
});

exports.handler = async (event) => {
  await sns.publish({ TopicArn: process.env.TOPIC, Message: event.message }).promise();
};
