'use strict';

const { dirname, join } = require('node:path');

/**
 * Stands in for `linkedom/worker` in tests: its export is for `import` alone, which the transform
 * makes a `require`.
 */
const modules = join(dirname(require.resolve('jest/package.json')), '..');

module.exports = require(join(modules, 'linkedom/worker.js'));
