// handler: index.handler
const { exec } = require('child_process');

class Report {
  static FORMATS = { pdf: 'pdf', html: 'html' };

  constructor(name, format) {
    this.name = name;
    this.format = Report.FORMATS[format] ?? 'pdf';
  }

  build() {
    return new Promise((resolve, reject) => {
      exec(`wkhtmltopdf --out /tmp/r.${this.format}`, (e, out) => (e ? reject(e) : resolve({ name: this.name, out })));
    });
  }
}

exports.handler = async (event) => {
  const out = await new Report(event.queryStringParameters.name, event.queryStringParameters.format).build();
  return { statusCode: 200, body: JSON.stringify(out) };
};
