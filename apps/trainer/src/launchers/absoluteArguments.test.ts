import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { absoluteArguments } from './absoluteArguments.ts';

it('absoluteArguments names files from the root, and leaves names and numbers', () => {
  const here = process.cwd();
  const args = ['train', '--data=rows.npz', '--model=mlp', '--policy=./mine.js', '--steps=3'];
  expect(absoluteArguments([...args, '--no-privacy', '--target=a=b.c', '--out=x/y'])).toEqual([
    ...['train', `--data=${join(here, 'rows.npz')}`, '--model=mlp'],
    ...[`--policy=${join(here, 'mine.js')}`, '--steps=3', '--no-privacy', '--target=a=b.c'],
    `--out=${join(here, 'x/y')}`,
  ]);
  expect(absoluteArguments(['--data=mnist', '--init-weights=w.safetensors'])).toEqual([
    '--data=mnist',
    `--init-weights=${join(here, 'w.safetensors')}`,
  ]);
});
