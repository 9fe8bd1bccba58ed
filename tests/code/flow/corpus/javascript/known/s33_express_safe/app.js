// handler: app.handler
const express = require('express');
const serverless = require('serverless-http');
const { execFile } = require('child_process');

const app = express();
const router = express.Router();

router.get('/files/:id', (req, res, next) => {
  const id = Number.parseInt(req.params.id, 10);
  if (Number.isNaN(id)) return next(new Error('bad id'));
  execFile('/opt/bin/show', [String(id)], (err, stdout) => {
    if (err) return next(err);
    res.json({ stdout });
  });
});

router.post('/hello', (req, res) => {
  res.json({ hello: req.body.name });
});

app.use('/api', router);

exports.handler = serverless(app);
