import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entries, moduleFolder, runCompiler, sources } from './compiler.mjs';

// Writes the TypeScript signatures of the modules' exports, which the AssemblyScript compiler
// knows, to `wasmExports.ts`. With `--check` it only compares, and fails where the file differs.

const target = join(moduleFolder, 'wasmExports.ts');
const interfaces = [
  ['StandardExports', 'Exports of `wasm/index.ts`, which every engine can run.', entries.standard],
  [
    'RelaxedExports',
    'Exports of `wasm/relaxed.ts`, which are there only if `byteDots()` is not null.',
    entries.relaxed,
  ],
];

/** Members of an interface, below the path of the file that exports them. */
function membersOf(declarations) {
  const pattern = /\* (?:.*?)wasm\/(\S+)\/\w+\n[\s\S]*?function (\w+)\((.*)\): (\w+);/g;
  let last = '';
  const lines = [...declarations.matchAll(pattern)].map(([, file, name, parameters, result]) => {
    const heading = file === last ? '' : `  // wasm/${file}.ts\n`;
    last = file;
    return `${heading}  readonly ${name}: (${parameters}) => ${result};\n`;
  });
  if (lines.length === 0) throw new Error('the AssemblyScript compiler declares no exports');
  return lines.join('');
}

async function signatures() {
  const output = mkdtempSync(join(sources, '..', 'wasm-'));
  try {
    const texts = interfaces.map(async ([name, comment, entry]) => {
      const file = join(output, name);
      await runCompiler(entry, '-O0', '--bindings', 'raw', '-o', `${file}.wasm`);
      const members = membersOf(readFileSync(`${file}.d.ts`, 'utf8'));
      return `\n/** ${comment} */\nexport interface ${name} {\n${members}}\n`;
    });
    const heading = '// Written by `npm run compile` (`wasm/signatures.mjs`): do not edit.\n';
    return heading + (await Promise.all(texts)).join('');
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

const expected = await signatures();
if (!process.argv.includes('--check')) {
  writeFileSync(target, expected);
} else if (readFileSync(target, 'utf8') !== expected) {
  throw new Error(`${target} is not what the modules export; run npm run compile`);
}
