// handler: index.handler
const ldap = require('ldapjs');

exports.handler = async (event) => {
  const client = ldap.createClient({ url: process.env.LDAP_URL });
  const opts = { filter: `(uid=${event.queryStringParameters.user})`, scope: 'sub' };
  return new Promise((resolve, reject) => {
    client.search('ou=people,dc=example,dc=com', opts, (err, res) => { // BAD: ldap
      if (err) return reject(err);
      const entries = [];
      res.on('searchEntry', (entry) => entries.push(entry.object));
      res.on('end', () => resolve({ statusCode: 200, body: JSON.stringify(entries) }));
    });
  });
};
