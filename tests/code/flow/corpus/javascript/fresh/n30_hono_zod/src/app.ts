// handler: src/app.handler
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { zValidator } from '@hono/zod-validator';
import { z } from 'zod';
import { exec } from 'node:child_process';

const app = new Hono().basePath('/v1');
const Query = z.object({ size: z.coerce.number(), kind: z.enum(['a', 'b']) });

app.get('/render', (c) => {
  const { size, kind } = Query.parse(c.req.query());
  exec(`render --size ${size} --kind ${kind}`);
  return c.json({ ok: true });
});

app.get('/jump', (c) => c.redirect(c.req.query('to') ?? '/')); // BAD: redirect

export const handler = handle(app);
