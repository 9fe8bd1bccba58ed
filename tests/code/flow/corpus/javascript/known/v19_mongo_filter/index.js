// handler: index.handler
const { MongoClient } = require('mongodb');

let client;
const users = async () => {
  client = client || (await MongoClient.connect(process.env.MONGO_URL));
  return client.db('shop').collection('users');
};

exports.handler = async (event) => {
  const body = JSON.parse(event.body);
  const collection = await users();
  const user = await collection.findOne({ email: body.email, password: body.password }); // BAD: nosql
  return { statusCode: user ? 200 : 401, body: '' };
};
