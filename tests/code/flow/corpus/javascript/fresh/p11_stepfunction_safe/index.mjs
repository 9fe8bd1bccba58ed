// handler: index.handler
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

const sfn = new SFNClient({});
const machines = { import: process.env.IMPORT_ARN, export: process.env.EXPORT_ARN };

export async function handler({ detail, 'detail-type': type }) {
  const stateMachineArn = machines[type];
  if (!stateMachineArn) throw new Error('no machine for this kind of event');
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(detail) }));
  return executionArn;
}
