'use strict';

const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Leaves the counts of a package's run in `.test-summary.json`, which nx caches with the run,
 * so that `npm test` can close with the sum over all packages, cached or not.
 */
module.exports = class SummaryReporter {
  constructor(globalConfig) {
    this.file = join(globalConfig.rootDir, '.test-summary.json');
  }

  onRunComplete(_contexts, results) {
    const summary = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(this.file, JSON.stringify(summary) + '\n');
  }
};
