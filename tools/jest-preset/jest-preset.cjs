'use strict';

const { join } = require('node:path');

/** A file of an installed package that its `exports` do not give to `require`. */
const fileOf = (name, file) => join(__dirname, '../../node_modules', name, file);

/** Sources are read directly (condition `@dpquant/source`), so that nothing has to be built before a test. */
module.exports = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@dpquant/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  transform: {
    '\\.[jt]s$': [
      require.resolve('@swc/jest'),
      {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // These are published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(fast-png|iobuffer|linkedom)/)'],
  moduleNameMapper: {
    '^webgpu$': require.resolve('./dawn.cjs'),
    // Plot and d3 are hundreds of ES modules, which would be transformed one by one, and a file each beside them.
    '^@observablehq/plot$': fileOf('@observablehq/plot', 'dist/plot.umd.min.js'),
    '^d3@[^/]*/dist/d3.min.js$': fileOf('d3', 'dist/d3.min.js'),
    // Its export is for `import` alone, which the transform makes a `require`.
    '^linkedom/worker$': fileOf('linkedom', 'worker.js'),
  },
  reporters: ['default', require.resolve('./summaryReporter.cjs')],
  maxWorkers: '50%',
  watchman: false,
  // Lookups of globals are intercepted, which makes drawing millions of weights twenty times slower.
  sandboxInjectedGlobals: ['Math', 'isNaN'],
};
