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
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entries, manifest, moduleFolder, runCompiler, sources } from './compiler.mjs';

// Compiles the AssemblyScript of this folder into `moduleBytes.js`, which holds the modules as
// base64, so that they load wherever JavaScript does. Arguments: the folders to write it to. Jest
// calls the default export before tests; nothing is compiled while the sources stay as they are.

const optimized = ['-O3', '--converge'];
const shared = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];
const variants = {
  plainMemory: [entries.standard],
  sharedMemory: [entries.standard, ...shared],
  relaxedPlainMemory: [entries.relaxed],
  relaxedSharedMemory: [entries.relaxed, ...shared],
};

export default async function compileWhatChanged() {
  await writeTo([moduleFolder]);
}

async function writeTo(targets) {
  const stamp = `// ${hash()}\n`;
  const isCurrent = (target) => {
    const file = join(target, 'moduleBytes.js');
    return existsSync(file) && readFileSync(file, 'utf8').startsWith(stamp);
  };
  const stale = targets.filter((target) => !isCurrent(target));
  if (stale.length === 0) return;
  const current = [moduleFolder, ...targets].find(isCurrent);
  const text = current
    ? readFileSync(join(current, 'moduleBytes.js'), 'utf8')
    : stamp + (await compile());
  for (const target of stale) {
    mkdirSync(target, { recursive: true });
    // Renamed into place, because tests of several packages may compile at the same time.
    const temporary = join(target, `moduleBytes.${process.pid}.tmp`);
    writeFileSync(temporary, text);
    renameSync(temporary, join(target, 'moduleBytes.js'));
  }
}

/** A hash of everything on which the compiled modules depend. */
function hash() {
  const files = readdirSync(sources, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|mjs)$/.test(file));
  const all = createHash('sha256').update(readFileSync(manifest));
  for (const file of files.sort()) all.update(file).update(readFileSync(join(sources, file)));
  return all.digest('hex');
}

/** The text of a module that exports every variant as base64. */
async function compile() {
  const output = mkdtempSync(join(sources, '..', 'wasm-'));
  try {
    const lines = Object.entries(variants).map(async ([name, [entry, ...more]]) => {
      const file = join(output, `${name}.wasm`);
      await runCompiler(entry, ...optimized, ...more, '-o', file);
      return `export const ${name} =\n  '${readFileSync(file).toString('base64')}';\n`;
    });
    return (await Promise.all(lines)).join('');
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeTo(process.argv.slice(2));
}
