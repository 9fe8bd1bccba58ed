// handler: index.handler
exports.handler = async (event) => {
  const name = event.queryStringParameters.file;
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'text/csv', 'Content-Disposition': `attachment; filename="${name}.csv"` },
    body: 'a,b\n1,2\n',
  };
};
