// handler: index.handler
const { SecretsManagerClient, GetSecretValueCommand } = require('@aws-sdk/client-secrets-manager');
const client = new SecretsManagerClient();

exports.handler = async () => {
  const secret = await client.send(new GetSecretValueCommand({ SecretId: process.env.SECRET_ID }));
  console.log('loaded secret version', secret.VersionId);
  const credentials = JSON.parse(secret.SecretString);
  if (!credentials.username) {
    console.warn('secret has no user name', process.env.SECRET_ID);
  }
  return { ok: Boolean(credentials.password) };
};
