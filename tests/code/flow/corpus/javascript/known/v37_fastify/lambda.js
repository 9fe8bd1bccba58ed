// handler: lambda.handler
const awsLambdaFastify = require('@fastify/aws-lambda');
const fastify = require('fastify');
const { Client } = require('pg');

function init() {
  const app = fastify();
  app.get('/users', async (request, reply) => {
    const client = new Client();
    await client.connect();
    const result = await client.query(`select * from users where email = '${request.query.email}'`); // BAD: sql
    return result.rows;
  });
  app.get('/version', async () => ({ version: '1.2.3' }));
  return app;
}

const proxy = awsLambdaFastify(init());
exports.handler = async (event, context) => proxy(event, context);
