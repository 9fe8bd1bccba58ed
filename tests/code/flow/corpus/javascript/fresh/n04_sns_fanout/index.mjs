// handler: index.handler
import { SNSClient, PublishCommand } from '@aws-sdk/client-sns';

const sns = new SNSClient({});

const topicFor = (region) => `arn:aws:sns:${region}:${process.env.ACCOUNT}:alerts`;

export const handler = async (event) => {
  for (const record of event.Records) {
    const alert = JSON.parse(record.Sns.Message);
    await sns.send(new PublishCommand({ TopicArn: topicFor(process.env.AWS_REGION), Message: JSON.stringify(alert) }));
    if (alert.forward) {
      await sns.send(new PublishCommand({ TopicArn: alert.forward, Message: 'forwarded' })); // BAD: cloud-target
    }
  }
};
