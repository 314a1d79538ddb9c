'use strict';

const { dirname, join } = require('node:path');

/**
 * Stands in for `@observablehq/plot` in tests: its sources are hundreds of ES modules, which would
 * be transformed one by one; it is published in one file as well.
 */
const modules = join(dirname(require.resolve('jest/package.json')), '..');

module.exports = require(join(modules, '@observablehq/plot/dist/plot.umd.min.js'));
