import { readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Writes a table of two classes; one value is another where it is asked for. */
export function writeTable(path, isOther = false) {
  let state = 1;
  const next = () => (state = (state * 16_807) % (2 ** 31 - 1)) / (2 ** 31 - 1);
  const rows = Array.from({ length: 400 }, (_, row) => {
    const label = row % 2;
    const values = [next() + label, next() - label, next(), 2 * next()];
    if (isOther && row === 399) values[0] += 1;
    return [...values.map((value) => value.toFixed(4)), label ? 'yes' : 'no'].join();
  });
  writeFileSync(path, ['a,b,c,d,class', ...rows, ''].join('\n'));
}

/** A short run on the table, which repeats itself. */
export const tableRun = (data, steps) => [
  ...['train', '--data', data, '--targets', 'class', '--class-names', 'no,yes', '--model', 'mlp'],
  ...['--backend', 'wasm', '--threads', '1', '--insecure-seed', '3', '--batch-size', '40'],
  ...['--steps', String(steps)],
];

/** What runs of one insecure seed have in common: weights, ledger and schedule. */
export function outcomeOf(run) {
  const read = (name) => readFileSync(join(run, name));
  return {
    weights: createHash('sha256').update(read('model/weights.bin')).digest('hex'),
    ledger: read('ledger.json').toString(),
    schedule: read('schedule.jsonl').toString(),
  };
}
