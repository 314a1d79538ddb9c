import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Compiles the AssemblyScript of this folder into `moduleBytes.js`, which holds the modules as base64, so
// that they load wherever JavaScript does. Arguments: the folders to write it to. Jest calls the default
// export before tests; nothing is compiled while the sources stay as they are.

const folder = dirname(fileURLToPath(import.meta.url));
const sourceFolder = join(folder, '..', 'src', 'simd');
const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
const compiler = join(dirname(manifest), 'bin', 'asc.js');

// The memory is TensorFlow.js's: a module has none of its own, and neither data nor a stack in it.
const options = [
  ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--noExportMemory', '--enable', 'simd'],
  // Vectors are passed from file to file, never out of the module.
  ...['--disableWarning', '112'],
];
const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];
const relaxed = ['--enable', 'relaxed-simd'];
/** What is compiled, and how. Relaxed SIMD has modules of its own: not every engine takes them. */
const variants = {
  plainMemory: ['index.ts'],
  sharedMemory: ['index.ts', ...shared],
  relaxedPlainMemory: ['relaxed.ts', ...relaxed],
  relaxedSharedMemory: ['relaxed.ts', ...relaxed, ...shared],
};

export default async function compileWhatChanged() {
  await writeTo([sourceFolder]);
}

async function writeTo(targets) {
  const stamp = `// ${hash()}\n`;
  const isCurrent = (target) => {
    const file = join(target, 'moduleBytes.js');
    return existsSync(file) && readFileSync(file, 'utf8').startsWith(stamp);
  };
  const stale = targets.filter((target) => !isCurrent(target));
  if (stale.length === 0) return;
  const current = [sourceFolder, ...targets].find(isCurrent);
  const text = current
    ? readFileSync(join(current, 'moduleBytes.js'), 'utf8')
    : stamp + (await compile());
  for (const target of stale) {
    mkdirSync(target, { recursive: true });
    // Renamed into place: tests of several packages may come here at once.
    const temporary = join(target, `moduleBytes.${process.pid}.tmp`);
    writeFileSync(temporary, text);
    renameSync(temporary, join(target, 'moduleBytes.js'));
  }
}

/** Of all that decides what comes out. */
function hash() {
  const sources = readdirSync(folder).filter((file) => /\.(ts|mjs)$/.test(file));
  const all = createHash('sha256').update(readFileSync(manifest));
  for (const file of sources.sort()) all.update(file).update(readFileSync(join(folder, file)));
  return all.digest('hex');
}

/** The text of a module that exports every variant as base64. */
async function compile() {
  const output = mkdtempSync(join(folder, '..', 'assembly-'));
  try {
    const lines = Object.entries(variants).map(async ([name, [entry, ...more]]) => {
      const file = join(output, `${name}.wasm`);
      await run([compiler, join(folder, entry), ...options, ...more, '-o', file]);
      return `export const ${name} =\n  '${readFileSync(file).toString('base64')}';\n`;
    });
    return (await Promise.all(lines)).join('');
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function run(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: join(folder, '..'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the AssemblyScript compiler ended with exit code ${code}`));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeTo(process.argv.slice(2));
}
