// handler: index.handler
const EventEmitter = require('events');
const { exec } = require('child_process');

class Queue extends EventEmitter {
  push(job) {
    this.emit('job', job);
  }
}

const queue = new Queue();

function run(job) {
  return new Promise((resolve) => exec(`process-job --name=${job.name}`, resolve)); // BAD: process
}

exports.handler = async (event) => {
  const pending = [];
  queue.on('job', (job) => pending.push(run(job)));
  event.jobs.forEach((job) => queue.push(job));
  event.jobs.forEach((job) => pending.push(run(job)));
  await Promise.all(pending);
};
