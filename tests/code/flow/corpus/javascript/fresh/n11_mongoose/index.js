// handler: index.handler
const mongoose = require('mongoose');
const User = require('./models/user');

const connected = mongoose.connect(process.env.MONGO);

exports.handler = async (event) => {
  await connected;
  const { filter, token } = JSON.parse(event.body);
  const users = await User.find(filter).lean(); // BAD: nosql
  const me = await User.findOne({ token: `${token}` });
  const count = await User.countDocuments({ $where: `this.name == '${event.pathParameters.name}'` }); // BAD: nosql
  return { statusCode: 200, body: JSON.stringify({ users, me, count }) };
};
