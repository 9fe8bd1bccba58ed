// handler: index.handler
const { MongoClient } = require('mongodb');

const client = new MongoClient(process.env.MONGO);

exports.handler = async (event) => {
  const db = (await client.connect()).db('shop');
  const { sort, ...criteria } = JSON.parse(event.body);
  const items = await db.collection('items').find(criteria).sort({ price: 1 }).limit(20).toArray(); // BAD: nosql
  return { statusCode: 200, body: JSON.stringify(items) };
};
