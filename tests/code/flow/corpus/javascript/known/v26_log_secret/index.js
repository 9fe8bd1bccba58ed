// handler: index.handler
const { SecretsManagerClient, GetSecretValueCommand } = require('@aws-sdk/client-secrets-manager');
const client = new SecretsManagerClient();

exports.handler = async () => {
  const secret = await client.send(new GetSecretValueCommand({ SecretId: process.env.SECRET_ID }));
  console.log('loaded', secret.SecretString); // BAD: log-secret
  const credentials = JSON.parse(secret.SecretString);
  return { user: credentials.username };
};
