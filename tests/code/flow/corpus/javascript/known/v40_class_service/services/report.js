const { exec } = require('child_process');

class ReportService {
  #format = 'pdf';

  constructor({ folder }) {
    this.folder = folder;
  }

  set format(value) {
    this.#format = value;
  }

  build() {
    return new Promise((resolve, reject) => {
      exec(`wkhtmltopdf --out ${this.folder}/r.${this.#format}`, (e, out) => (e ? reject(e) : resolve(out))); // BAD: process
    });
  }
}

module.exports = ReportService;
