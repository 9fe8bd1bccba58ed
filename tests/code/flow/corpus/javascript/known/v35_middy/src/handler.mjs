// handler: src/handler.handler
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import httpErrorHandler from '@middy/http-error-handler';
import { execa } from 'execa';

const thumbnail = async (event) => {
  const { source, size } = event.body;
  await execa('convert', [source, '-resize', `${Number(size)}x`, '/tmp/out.png']);
  await execa(`convert ${source} -resize 10x /tmp/small.png`, { shell: true }); // BAD: process
  return { statusCode: 200, body: 'done' };
};

export const handler = middy(thumbnail).use(httpJsonBodyParser()).use(httpErrorHandler());
