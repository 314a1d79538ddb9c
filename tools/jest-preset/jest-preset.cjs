'use strict';

/**
 * Sources are read directly (condition `@dpquant/source`), so that nothing has to be built before a
 * test.
 */
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
  // Published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(linkedom)/)'],
  moduleNameMapper: {
    '^webgpu$': require.resolve('./dawn.cjs'),
    '^@observablehq/plot$': require.resolve('./plot.cjs'),
    '^d3@[^/]*/dist/d3.min.js$': require.resolve('./d3.cjs'),
    '^linkedom/worker$': require.resolve('./linkedom.cjs'),
  },
  reporters: ['default', require.resolve('./summaryReporter.cjs')],
  maxWorkers: '50%',
  watchman: false,
  // Lookups of globals are intercepted, which makes drawing millions of weights twenty times
  // slower.
  sandboxInjectedGlobals: ['Math', 'isNaN'],
};
