// handler: index.handler
exports.handler = async (event) => {
  const resetToken = Math.random().toString(36).slice(2); // BAD: weak-random
  return { statusCode: 200, body: JSON.stringify({ resetToken }) };
};
