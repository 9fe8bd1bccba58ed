// handler: src/index.handler
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { readFile } from 'node:fs/promises';

const app = new Hono();

app.get('/docs/:name', async (c) => {
  const name = c.req.param('name');
  const text = await readFile(`./docs/${name}`, 'utf8'); // BAD: path
  return c.text(text);
});

app.get('/hi', (c) => c.html(`<b>${c.req.query('who')}</b>`)); // BAD: xss

app.post('/relay', async (c) => {
  const body = await c.req.json();
  const answer = await fetch(body.url); // BAD: request
  return c.json({ status: answer.status });
});

export const handler = handle(app);
