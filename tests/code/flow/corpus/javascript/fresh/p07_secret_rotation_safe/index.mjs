// handler: index.handler
import { SecretsManagerClient, GetSecretValueCommand, PutSecretValueCommand, GetRandomPasswordCommand } from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient({});

export const handler = async (event) => {
  const { SecretId, ClientRequestToken, Step } = event;
  if (Step !== 'createSecret') return;
  const current = await client.send(new GetSecretValueCommand({ SecretId: process.env.SECRET_ARN, VersionStage: 'AWSCURRENT' }));
  const { RandomPassword } = await client.send(new GetRandomPasswordCommand({ PasswordLength: 32 }));
  const next = { ...JSON.parse(current.SecretString), password: RandomPassword };
  await client.send(
    new PutSecretValueCommand({ SecretId: process.env.SECRET_ARN, ClientRequestToken, SecretString: JSON.stringify(next), VersionStages: ['AWSPENDING'] }),
  );
  console.log(`rotated ${process.env.SECRET_ARN}`);
};
