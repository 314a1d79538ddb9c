import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

// The floors are held by a rule that skips itself, with a warning only, where it finds no project
// graph. So lint checks itself: it has to refuse each of these imports, and to let the others pass.

const boundaries = '@nx/enforce-module-boundaries';
const restricted = 'no-restricted-imports';
const globals = 'no-restricted-globals';

/** File, statement, and the rule that has to refuse it, or null. */
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
const eslint = new ESLint({ cwd: root });
let wrong = 0;
for (const [file, statement, expected] of cases) {
  const [result] = await eslint.lintText(`${statement}\n`, { filePath: join(root, file) });
  const rules = result.messages.map((message) => message.ruleId ?? message.message);
  if (expected === null ? rules.length === 0 : rules.includes(expected)) continue;
  wrong++;
  console.error(
    `${file}: ${statement}\n  expected ${expected ?? 'no objection'}, got ${rules.join(', ') || 'none'}`,
  );
}
console.log(`${cases.length - wrong} of ${cases.length} imports judged as they should be`);
process.exitCode = wrong > 0 ? 1 : 0;
