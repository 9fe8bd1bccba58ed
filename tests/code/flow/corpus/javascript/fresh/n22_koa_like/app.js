// handler: app.handler
const express = require('express');
const serverless = require('serverless-http');
const libxml = require('libxmljs2');
const multer = require('multer');

const app = express();
const upload = multer();

const logged = (req, res, next) => {
  console.info(req.method, req.path);
  next();
};

app.use(logged);

app.post('/import', upload.single('file'), async (req, res) => {
  const doc = libxml.parseXml(req.file.buffer.toString(), { noent: true, noblanks: true }); // BAD: xml
  res.json({ root: doc.root().name() });
});

app.route('/search').get((req, res) => {
  const { q } = req.query;
  res.type('html').send('<p>You searched for ' + q + '</p>'); // BAD: xss
});

app.get('/safe', (req, res) => {
  res.json({ q: req.query.q, id: Number(req.params.id) });
});

app.use((err, req, res, next) => {
  res.status(500).json({ message: err.message, stack: err.stack }); // BAD: error-disclosed
});

module.exports.handler = serverless(app);
