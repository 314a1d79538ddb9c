import { join } from 'node:path';

/** Arguments of `node` for a command in a process of its own, from the sources. */
export function commandProcess(...args: string[]): string[] {
  const loader = '../../../../packages/training/src/node/testing/typescriptLoader.mjs';
  return [
    '--conditions=@dpquant/source',
    '--import',
    join(__dirname, loader),
    join(__dirname, '../main.ts'),
    ...args,
  ];
}
