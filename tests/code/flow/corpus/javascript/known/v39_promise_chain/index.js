// handler: index.handler
const AWS = require('aws-sdk');
const vm = require('vm');
const db = new AWS.DynamoDB.DocumentClient();

exports.handler = (event) =>
  db
    .get({ TableName: 'rules', Key: { id: event.id } })
    .promise()
    .then(({ Item }) => Item)
    .then((item) => vm.runInNewContext(`(${event.condition})`, { item })) // BAD: code-evaluation
    .catch((err) => {
      console.error('failed', err.code);
      return null;
    });
