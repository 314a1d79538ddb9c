import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import type { ComparisonRecord } from '@dpquant/report';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { addComputingOptions } from '../flags/trainOptions.ts';
import { addCompareFlags, type CompareFlags } from './compareFlags.ts';
import { comparisonRequest } from './comparisonRequest.ts';
import { planComparison, type PlannedComparison } from './plannedComparison.ts';

const folder = temporaryFolder();

/** What `dpquant compare` would run with these flags. */
async function plan(flags: readonly string[], before: ComparisonRecord | null = null) {
  const command = new Command('compare').exitOverride();
  addCompareFlags(command);
  addComputingOptions(command);
  command.parse(flags, { from: 'user' });
  const request = comparisonRequest(command);
  return planComparison(request, command.opts<CompareFlags>(), before);
}

const labels = ({ rows }: PlannedComparison) => rows.map(({ label }) => label);
const argumentsOf = ({ wanted }: PlannedComparison, name: string) =>
  wanted.find(({ cell }) => cell.cell === name)!.args;

/** The record that a folder would have of a plan. */
const recordOf = ({ rows, cells, ...rest }: PlannedComparison): ComparisonRecord => ({
  version: 2,
  ...{ command: '', confidence: 0.95, composedEpsilon: 0, guarantee: 'differential privacy' },
  ...{ versions: {}, machine: '', ...rest },
  table: rows.map((row) => ({
    ...{ ...row, isBaseline: row.row === rest.baseline, score: null, difference: null },
    ...{ theoreticalSpeedup: null, measuredSpeedup: null, epsilon: null, seconds: null },
  })),
  runs: cells.map((cell) => ({ ...cell, state: 'finished' })),
});

describe('the rows of a comparison', () => {
  it('are the four policies without flags, with three seeds each', async () => {
    const planned = await plan([]);
    expect(labels(planned)).toEqual(['full', 'static', 'probabilistic', 'loss-aware']);
    expect(planned.wanted).toHaveLength(12);
    expect(planned.baseline).toBe('full');
  });

  it('are refused where nothing can differ', async () => {
    await expect(plan(['--policy', 'full'])).rejects.toThrow(/^policy: .*give --policies/);
    expect(labels(await plan(['--policies', 'full']))).toEqual(['full']);
    expect(labels(await plan(['--policy', 'static', '--formats', 'int8']))).toHaveLength(1);
  });

  it('do not multiply by what their policy has no use for', async () => {
    const flags = ['--policies', 'full,loss-aware', '--fractions', '0.5,0.75'];
    const planned = await plan([...flags, '--formats', 'luq-fp4,int8', '--seeds', '1']);
    expect(labels(planned)).toEqual([
      'full',
      'loss-aware 0.5 luq-fp4',
      'loss-aware 0.5 int8',
      'loss-aware 0.75 luq-fp4',
      'loss-aware 0.75 int8',
    ]);
    expect(argumentsOf(planned, 'full-seed1')).toEqual([
      ...['train', '--threads=1', '--policy=full', '--seed=1', '--split-seed=1'],
    ]);
  });

  it('share the other flags, but for those without effect', async () => {
    const flags = ['--policies', 'full,static', '--format', 'int8', '--temperature', '2'];
    const planned = await plan([
      ...['--policies', 'full,static,loss-aware', '--seeds', '4,', '--split-seed', '9'],
      ...['--format', 'int8', '--temperature', '2', '--flip', '--backend', 'cpu'],
    ]);
    expect(argumentsOf(planned, 'full-seed4').slice(1).sort()).toEqual([
      ...['--backend=cpu', '--flip', '--policy=full', '--seed=4', '--split-seed=9'],
    ]);
    expect(argumentsOf(planned, 'static-seed4')).toContain('--format=int8');
    expect(argumentsOf(planned, 'static-seed4')).not.toContain('--temperature=2');
    expect(argumentsOf(planned, 'loss-aware-seed4')).toContain('--temperature=2');
    // No row at all has a use for it.
    await expect(plan(flags)).rejects.toThrow(/temperature: .*no effect under --policy/);
  });

  it('vary any flag, and budgets of both kinds are one axis', async () => {
    const planned = await plan([
      ...['--policies', 'static', '--fractions', '0.5', '--speedups', '1.5'],
      ...['--vary', 'learning-rate=1,2'],
    ]);
    expect(labels(planned)).toEqual([
      'static 0.5 learning-rate 1',
      'static 0.5 learning-rate 2',
      'static target-speedup 1.5 learning-rate 1',
      'static target-speedup 1.5 learning-rate 2',
    ]);
  });

  it('may stand by themselves, and replace what is shared and excludes them', async () => {
    const planned = await plan([
      ...['--row', 'policy=full', '--row', 'policy=full,privacy=false'],
      ...['--row', 'policy=static,quantized-layers=2', '--row', 'policy=loss-aware'],
      ...['--seeds', '1'],
      ...['--epsilon', '1', '--quantized-fraction', '0.5'],
    ]);
    expect(labels(planned)).toEqual([
      ...['full', 'full no privacy', 'static quantized-layers 2', 'loss-aware'],
    ]);
    expect(planned.baseline).toBe('full');
    expect(argumentsOf(planned, 'full-no-privacy-seed1')).toContain('--no-privacy');
    expect(argumentsOf(planned, 'full-no-privacy-seed1')).not.toContain('--epsilon=1');
    const args = argumentsOf(planned, 'static-quantized-layers-2-seed1');
    expect(args).toContain('--quantized-layers=2');
    expect(args).not.toContain('--quantized-fraction=0.5');
  });

  it('may have commas in their values', async () => {
    const text = 'freeze=conv1,conv2,policy=full,class-names=no,yes';
    const { wanted } = await plan(['--row', text, '--seeds', '1']);
    expect(wanted[0]!.args).toEqual(
      expect.arrayContaining(['--freeze=conv1,conv2', '--policy=full', '--class-names=no,yes']),
    );
    const file = join(folder(), 'commas.json');
    writeFileSync(file, JSON.stringify({ row: [{ freeze: 'conv1,conv2', policy: 'full' }] }));
    const again = await plan(['--config', file, '--seeds', '1']);
    expect(again.wanted[0]!.args).toContain('--freeze=conv1,conv2');
  });

  it('come beside the product where both are given', async () => {
    const planned = await plan(['--policies', 'full,static', '--row', 'policy=full,privacy=false']);
    expect(labels(planned)).toEqual(['full', 'static', 'full no privacy']);
  });

  it('of static are run with several subsets of layers', async () => {
    const planned = await plan([
      ...['--policies', 'full,static', '--static-subsets', '2', '--seeds', '5,'],
    ]);
    expect(planned.cells.map(({ cell }) => cell)).toEqual([
      ...['full-seed5', 'static-seed5', 'static-seed5-subset2'],
    ]);
    expect(argumentsOf(planned, 'static-seed5-subset2')).toContain('--schedule-seed=1000005');
  });

  it('may be a file, which flags override', async () => {
    const file = join(folder(), 'comparison.json');
    const content = { policies: ['full', 'static'], seeds: 2, fractions: 0.5, timing: false };
    writeFileSync(
      file,
      JSON.stringify({ ...content, 'batch-size': 128, row: [{ policy: 'full', epsilon: 1 }] }),
    );
    const planned = await plan(['--config', file, '--fractions', '0.75', '--epochs', '2']);
    expect(labels(planned)).toEqual(['full', 'static 0.75', 'full epsilon 1']);
    expect(planned.seeds).toEqual([1, 2]);
    expect(planned.shared).toEqual({ 'batch-size': 128, epochs: 2 });
  });
});

describe('what dpquant train would refuse is refused before the first run', () => {
  it.each<[string, string[], RegExp]>([
    ['a name', ['--policies', 'full,statc'], /policies: .*"statc".*Did you mean static/],
    ['a value', ['--fractions', '0.5,2'], /fractions: .*"2".*Expected a number from 0 to 1/],
    ['a setting', ['--vary', 'learning-rat=1'], /vary: unknown setting.*learning-rate/],
    ['an empty value', ['--formats', 'int8,,int4'], /formats: expected values with commas/],
    [
      'contradictions in a row',
      ['--row', 'policy=full', '--row', 'policy=full,format=int8'],
      /row full int8: format: --format has no effect under --policy full/,
    ],
    [
      'two ways to say the same',
      ['--policies', 'static', '--fractions', '0.5', '--quantized-layers', '2'],
      /--quantized-fraction and --quantized-layers exclude each other/,
    ],
    [
      'an axis that no row has a use for',
      ['--policies', 'full', '--formats', 'int8,int4'],
      /format: --format has no effect under --policy full/,
    ],
    ['a policy without its file', ['--row', 'policy=fixed'], /fixed-seed1: .*needs --schedule/],
    [
      'a setting that is shared and varied',
      ['--format', 'int8', '--formats', 'int4'],
      /format: is/,
    ],
    ['one seed for all', ['--seed', '3'], /seed: .*use --seeds/],
    ['splits that differ', ['--vary', 'split-seed=1,2'], /split-seed: one split of the same data/],
    [
      'public parts that differ',
      ['--vary', 'validation-fraction=0.1,0.5'],
      /validation-fraction: one split of the same data is for all rows/,
    ],
    ['units that differ', ['--row', 'policy=full,privacy-unit=id'], /privacy-unit: one split/],
    ['data that differ', ['--vary', 'data=mnist,.'], /data: one split of the same data/],
    ['seeds', ['--seeds', '0'], /seeds: expected/],
    ['seeds without end', ['--seeds', '1e10'], /seeds: 1e10 of them are more than 100000/],
    ['equal seeds', ['--seeds', '2,2'], /seeds: expected/],
    ['a baseline', ['--baseline', 'ful'], /baseline: there is no row ful; there are full, static/],
  ])('%s', async (_, flags, message) => {
    await expect(plan(flags)).rejects.toThrow(message);
  });
});

describe('a comparison that is there', () => {
  const flags = ['--policies', 'full,static', '--seeds', '2', '--epochs', '2'];

  it('is extended by seeds and rows', async () => {
    const before = recordOf(await plan(flags));
    const more = ['--policies', 'static,loss-aware', '--seeds', '2,3', '--epochs', '2'];
    const planned = await plan(more, before);
    expect(planned.seeds).toEqual([1, 2, 3]);
    expect(labels(planned)).toEqual(['full', 'static', 'loss-aware']);
    expect(planned.cells).toHaveLength(4 + 3);
    expect(planned.wanted).toHaveLength(4);
    expect(planned.baseline).toBe('full');
  });

  it('keeps the name of a row that is now one of several', async () => {
    const before = recordOf(await plan(flags));
    const more = ['--policies', 'static', '--formats', 'luq-fp4,int8', '--epochs', '2'];
    const planned = await plan(more, before);
    expect(planned.rows.map(({ row }) => row)).toEqual(['full', 'static', 'static-int8']);
  });

  it('goes on as its record says where nothing else is asked for', async () => {
    const first = await plan(flags);
    const again = await plan(['--workers', '1'], recordOf(first));
    expect(again.wanted).toEqual(first.wanted);
  });

  it.each<[string, string[], RegExp]>([
    ['another value', ['--epochs', '3'], /epochs: was 2 for all rows .*, and is 3 now/],
    ['a new setting', ['--epochs', '2', '--batch-size', '9'], /batch-size: was not given/],
    ['one left out', [], /epochs: was 2 .* is not given now/],
    ['another split', ['--epochs', '2', '--split-seed', '2'], /split-seed: was 1 .* is 2 now/],
    ['another noise', ['--epochs', '2', '--insecure-seeds'], /insecure-seeds: was not given/],
  ])('refuses %s', async (_, others, message) => {
    const before = recordOf(await plan(flags));
    await expect(plan(['--policies', 'full', ...others], before)).rejects.toThrow(message);
  });

  it('may have other threads on another machine', async () => {
    const before = recordOf(await plan(flags));
    const planned = await plan([...flags, '--threads', '4'], before);
    expect(planned.rows).toHaveLength(2);
  });
});
