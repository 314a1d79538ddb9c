import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Prints what the package in this folder costs a browser, and fails above a limit in KB of gzip,
// which is the only argument. Runs behind the package's build; TensorFlow.js is left out, as users
// have it already.

const limit = Number(process.argv[2]);
const { outputFiles } = await build({
  entryPoints: ['dist/index.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  external: ['@tensorflow/*'],
  write: false,
});
const code = outputFiles[0].contents;
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
const compressed = gzipSync(code, { level: 9 }).length;
console.log(
  `browser bundle: ${kilobytes(code.length)} KB minified, ${kilobytes(compressed)} KB gzip (limit ${limit} KB)`,
);
if (!(compressed <= limit * 1000)) process.exitCode = 1;
