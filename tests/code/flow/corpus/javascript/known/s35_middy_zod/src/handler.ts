// handler: src/handler.handler
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { z } from 'zod';
import { execSync } from 'child_process';

const Input = z.object({
  size: z.number().int().positive(),
  format: z.enum(['png', 'jpeg']),
  id: z.string().uuid(),
});

const base = async (event: { body: unknown }) => {
  const { size, format, id } = Input.parse(event.body);
  execSync(`convert /tmp/${id} -resize ${size}x /tmp/out.${format}`);
  return { statusCode: 200, body: 'done' };
};

export const handler = middy(base).use(httpJsonBodyParser());
