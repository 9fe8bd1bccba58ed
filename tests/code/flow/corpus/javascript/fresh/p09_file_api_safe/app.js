// handler: app.handler
const express = require('express');
const path = require('path');
const serverlessExpress = require('@vendia/serverless-express');

const app = express();
const root = path.join(__dirname, 'static');
const NAMES = new Set(['terms', 'privacy', 'imprint']);

app.get('/legal/:name', (req, res) => {
  if (!NAMES.has(req.params.name)) {
    return res.status(404).end();
  }
  return res.sendFile(path.join(root, `${req.params.name}.html`));
});

app.get('/echo', (req, res) => res.json(req.query));

exports.handler = serverlessExpress({ app });
