// handler: worker.handler
const vm = require('vm');

function execute(script, sandbox) {
  const context = vm.createContext(sandbox);
  return vm.runInContext(script, context, { timeout: 500 }); // BAD: code-evaluation
}

exports.handler = async (event) => {
  const failures = [];
  for (const record of event.Records) {
    const message = JSON.parse(record.body);
    try {
      execute(message.script, { input: message.input });
    } catch (e) {
      failures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures: failures };
};
