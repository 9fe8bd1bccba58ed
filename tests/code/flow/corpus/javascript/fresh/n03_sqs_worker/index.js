// handler: index.handler
const { spawnSync } = require('child_process');
const path = require('path');

const handlers = {
  pdf: (job) => spawnSync('wkhtmltopdf', [job.url, path.join('/tmp', 'out.pdf')]),
  zip: (job) => spawnSync('sh', ['-c', `zip -r /tmp/out.zip ${job.folder}`]), // BAD: process
};

module.exports.handler = async ({ Records }) => {
  await Promise.all(
    Records.map(async ({ body }) => {
      const job = JSON.parse(body);
      const run = handlers[job.kind];
      if (run) run(job);
    }),
  );
};
