'use strict';

const { dirname, join } = require('node:path');

/**
 * Stands in for `d3` where Plot's one file requires it, by an address of its own.
 */
const modules = join(dirname(require.resolve('jest/package.json')), '..');

module.exports = require(join(modules, 'd3/dist/d3.min.js'));
