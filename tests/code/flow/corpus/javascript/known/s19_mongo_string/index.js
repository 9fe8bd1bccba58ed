// handler: index.handler
const { MongoClient, ObjectId } = require('mongodb');

let client;
const users = async () => {
  client = client || (await MongoClient.connect(process.env.MONGO_URL));
  return client.db('shop').collection('users');
};

exports.handler = async (event) => {
  const body = JSON.parse(event.body);
  const collection = await users();
  const user = await collection.findOne({ email: String(body.email), active: { $eq: true } });
  const other = await collection.findOne({ _id: new ObjectId(event.pathParameters.id) });
  const named = await collection.findOne({ name: event.pathParameters.name });
  return { statusCode: user && other && named ? 200 : 401, body: '' };
};
