// handler: index.handler
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

exports.handler = async (event) => {
  const delay = Math.min(Number(event.delay) || 0, 1000);
  await wait(delay);
  setTimeout(() => console.info('later'), delay);
  return { waited: delay };
};
