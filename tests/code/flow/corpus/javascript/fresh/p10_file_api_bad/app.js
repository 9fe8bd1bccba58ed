// handler: app.handler
const express = require('express');
const path = require('path');
const serverlessExpress = require('@vendia/serverless-express');

const app = express();
const root = path.join(__dirname, 'static');

app.get('/legal/:name', (req, res) => {
  const name = req.params.name.replace('../', '');
  return res.sendFile(path.join(root, name)); // BAD: path
});

exports.handler = serverlessExpress({ app });
