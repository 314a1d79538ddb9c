import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { importCircles } from './importCircles.mjs';

// A rule can be silent for a wrong reason: that of the floors does nothing, with a warning only,
// where it finds no project graph, and those of promises find none where types are not known. So
// this checks that lint refuses what it is relied upon to refuse.

const boundaries = '@nx/enforce-module-boundaries';
const restricted = 'no-restricted-imports';
const globals = 'no-restricted-globals';
const floating = '@typescript-eslint/no-floating-promises';

/** Imports: file, statement, and the rule that has to refuse it, or null. */
const cases = [
  // Downwards.
  ['packages/data/src/x.ts', "export * from '@dpquant/random';", null],
  ['packages/gradients/src/x.ts', "export * from '@dpquant/mechanisms';", null],
  ['packages/backends/src/x.ts', "export * from '@dpquant/kernels';", null],
  ['packages/training/src/x.ts', "export * from '@dpquant/gradients';", null],
  ['apps/trainer/src/x.ts', "export * from '@dpquant/training';", null],
  // Upwards or sideways.
  ['packages/random/src/x.ts', "export * from '@dpquant/accounting';", boundaries],
  ['packages/scheduling/src/x.ts', "export * from '@dpquant/random';", boundaries],
  ['packages/data/src/x.ts', "export * from '@dpquant/accounting';", boundaries],
  ['packages/mechanisms/src/x.ts', "export * from '@dpquant/data';", boundaries],
  ['packages/quantization/src/x.ts', "export * from '@dpquant/mechanisms';", boundaries],
  ['packages/gradients/src/x.ts', "export * from '@dpquant/models';", boundaries],
  ['packages/kernels/src/x.ts', "export * from '@dpquant/backends';", boundaries],
  ['packages/training/src/x.ts', "export * from '@dpquant/backends';", boundaries],
  // Past a package's front door.
  ['packages/data/src/x.ts', "export * from '../../random/src/index.ts';", boundaries],
  // What the pure packages do without; their tests may use Node.
  ['packages/random/src/x.ts', "export * from '@tensorflow/tfjs-core';", restricted],
  ['packages/data/src/mnist.ts', "export * from '@tensorflow/tfjs-core';", restricted],
  ['packages/data/src/x.test.ts', "export * from '@tensorflow/tfjs-core';", restricted],
  ['packages/accounting/src/x.ts', "export * from 'node:fs';", restricted],
  ['packages/data/src/x.ts', "export * from 'fs';", restricted],
  ['packages/data/src/mnist.ts', "export * from 'node:fs/promises';", null],
  ['packages/random/src/x.test.ts', "export * from 'node:fs';", null],
  ['packages/random/src/x.ts', 'export const x = Buffer.from([]);', globals],
  ['packages/mechanisms/src/x.ts', "export * from '@tensorflow/tfjs-core';", null],
  ['packages/mechanisms/src/x.ts', "export * from 'node:fs';", restricted],
  ['packages/quantization/src/x.ts', "export * from 'node:fs';", restricted],
  ['packages/training/src/x.ts', "export * from 'node:fs';", restricted],
  ['packages/training/src/node/x.ts', "export * from 'node:fs';", null],
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
let wrong = 0;
const complain = (message) => {
  wrong++;
  console.error(message);
};

async function checkImports() {
  // The files do not exist, so that nothing is known of their types.
  const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
  for (const [file, statement, expected] of cases) {
    const [result] = await eslint.lintText(`${statement}\n`, { filePath: join(root, file) });
    const rules = result.messages.map((message) => message.ruleId ?? message.message);
    if (expected === null ? rules.length === 0 : rules.includes(expected)) continue;
    const got = rules.join(', ') || 'none';
    complain(`${file}: ${statement}\n  expected ${expected ?? 'no objection'}, got ${got}`);
  }
  return `${cases.length} imports`;
}

/**
 * A step is charged before it is computed only if every write of the ledger is awaited. So each of
 * the writes in the sources, without its `await`, has to be refused.
 */
async function checkLedgerWrites() {
  const eslint = new ESLint({ cwd: root, ruleFilter: ({ ruleId }) => ruleId === floating });
  const write = /await (?=[\w.#]*(?:persist|write)Ledger\b)/g;
  let count = 0;
  for (const folder of ['packages/training/src', 'apps/trainer/src']) {
    for (const file of sourcesIn(folder)) {
      const text = readFileSync(file, 'utf8');
      for (const { index, 0: found } of text.matchAll(write)) {
        count++;
        const broken = text.slice(0, index) + text.slice(index + found.length);
        const [{ messages }] = await eslint.lintText(broken, { filePath: file });
        const line = broken.slice(0, index).split('\n').length;
        if (messages.some((message) => message.line === line)) continue;
        complain(`${file}:${line}: expected ${floating} for a write without await, got none`);
      }
    }
  }
  if (count < 2)
    complain(
      'expected two awaited writes of the ledger or more in training and the app, found fewer',
    );
  return `${count} writes of the ledger`;
}

function sourcesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /(?<!\.test)\.ts$/.test(name))
    .map((name) => join(root, folder, name));
}

/** Two files that import only types from each other have to be found. */
async function checkCircle() {
  const folder = mkdtempSync(join(tmpdir(), 'dpquant-circle-'));
  try {
    writeFileSync(join(folder, 'a.ts'), "import type { B } from './b.ts';\nexport type A = B;\n");
    writeFileSync(join(folder, 'b.ts'), "import type { A } from './a.ts';\nexport type B = A;\n");
    const circles = await importCircles(['.'], folder);
    const found = circles.map((circle) => circle.join(' → ')).join('; ');
    if (found !== 'a.ts → b.ts → a.ts')
      complain(`expected one import circle, got ${found || 'none'}`);
    return 'an import circle of types';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const checked = [await checkImports(), await checkLedgerWrites(), await checkCircle()];
if (wrong === 0) console.log(`judged as they should be: ${checked.join(', ')}`);
process.exitCode = wrong > 0 ? 1 : 0;
