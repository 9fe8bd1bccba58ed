// handler: app.handler
const express = require('express');
const serverless = require('serverless-http');
const { exec } = require('child_process');

const app = express();
app.use(express.json());

app.get('/ping/:host', (req, res) => {
  exec(`ping -c 1 ${req.params.host}`, (err, stdout) => { // BAD: process
    res.json({ ok: !err, stdout });
  });
});

app.post('/hello', (req, res) => {
  res.send(`<p>Hello ${req.body.name}</p>`); // BAD: xss
});

app.get('/go', (req, res) => {
  res.redirect(req.query.to); // BAD: redirect
});

app.get('/health', (req, res) => res.send('ok'));

module.exports.handler = serverless(app);
