'use strict';

const { dirname, join } = require('node:path');

/**
 * Stands in for the package `webgpu` in tests: that is an ES module whose names collide with those
 * that CommonJS gives to every module. What it loads is the same.
 */
const folder = dirname(require.resolve('webgpu/package.json'));
const platform =
  process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;

module.exports = require(join(folder, 'dist', platform, 'dawn.node'));
