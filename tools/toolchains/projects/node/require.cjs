const { writeFileSync } = require('node:fs');
const { smoke } = require('./smoke.cjs');

smoke(async () => require('softmax-simd')).then((report) => {
  writeFileSync('report.json', JSON.stringify(report));
});
