// handler: index.handler
import { Logger } from '@aws-lambda-powertools/logger';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { execSync } from 'child_process';

const logger = new Logger({ serviceName: 'reports' });
const tracer = new Tracer({ serviceName: 'reports' });

const lambdaHandler = async (event: { report: string }): Promise<string> => {
  logger.info('making a report');
  const output = execSync('/opt/report.sh ' + event.report).toString(); // BAD: process
  return output;
};

export const handler = middy(lambdaHandler)
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger));
