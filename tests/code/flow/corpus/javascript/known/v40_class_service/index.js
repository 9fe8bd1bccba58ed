// handler: index.handler
const ReportService = require('./services/report');

exports.handler = async (event) => {
  const service = new ReportService({ folder: '/tmp' });
  service.format = event.queryStringParameters.format;
  const out = await service.build();
  return { statusCode: 200, body: out };
};
