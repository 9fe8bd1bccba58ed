// handler: src/lambda.handler
const serverlessExpress = require('@vendia/serverless-express');
const express = require('express');

const app = express();
app.use(express.json());
app.use('/export', require('./routes/export'));

exports.handler = serverlessExpress({ app });
