import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { PrivacyLedger } from '@dpquant/accounting';
import type { RunSummary } from '@dpquant/training';
import { json, lines, shortRuns, withoutExcluded } from '../testing/shortRun.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const { flags: shortRun, train } = shortRuns();

describe('train with schedules', () => {
  it('analyses loss impacts for the loss-aware policy, within the same ε', async () => {
    const out = join(folder(), 'run');
    const { code, out: answer, err } = await train('--epochs', '3', '--json', '--out', out);
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary.analyses).toMatchObject({ count: 2 });
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    expect(summary.epsilon).toBeGreaterThan(2.99);
    expect(summary.analyses.epsilon).toBeGreaterThan(0);
    // Two events of fourteen; in a run of the default length they are one in thirty.
    expect(summary.analyses.epsilon).toBeLessThan(0.1 * 3);
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')));
    const analyses = ledger.entries.filter(({ label }) => label === 'analysis');
    expect(analyses.map(({ count }) => count)).toEqual([1, 1]);
    expect(ledger.entries[0]!.label).toBe('analysis');
    const records = lines(join(out, 'schedule.jsonl'));
    expect(records.map((record) => 'impacts' in record)).toEqual([true, false, true]);
    const { released } = records[0]!['impacts'] as { released: Record<string, number> };
    expect(Object.keys(released)).toEqual(['conv1', 'conv2', 'conv3', 'dense']);
    expect(err.join()).toMatch(
      /At most 2 analyses.*analysis in .* loss impacts: .*2 analyses took .* those planned take 0\.\d+ of ε/,
    );
    const schedule = join(out, 'schedule.jsonl');
    const follower = ['--policy', 'fixed', '--schedule', schedule, '--out', join(folder(), 'b')];
    const followed = await train(...follower);
    expect(followed.err.join('\n')).toMatch(
      /^warning: the schedule in \S+ was chosen by analyses of the same data/m,
    );
  });

  it('repeats the schedule of another run, and mixes formats', async () => {
    const first = join(folder(), 'first');
    const mixed = ['--other-format', 'fp8-e4m3', '--quantized-layers', '1'];
    await train('--policy', 'probabilistic', ...mixed, '--epochs', '2', '--out', first);
    const schedule = lines(join(first, 'schedule.jsonl'));
    for (const { layers } of schedule) {
      expect(Object.values(layers as object).sort()).toEqual([
        ...new Array<string>(3).fill('fp8-e4m3'),
        'luq-fp4',
      ]);
    }
    const second = join(folder(), 'second');
    const path = join(first, 'schedule.jsonl');
    const repeated = ['--policy', 'fixed', '--schedule', path, '--other-format', 'fp8-e4m3'];
    const args = [...repeated, '--epochs', '2', '--json'];
    const { out: answer, err } = await train(...args, '--out', second);
    expect(err.join()).not.toMatch(/chosen by analyses/);
    expect(lines(join(second, 'schedule.jsonl'))).toEqual(schedule);
    expect((JSON.parse(answer) as RunSummary).quantizedFraction).toBe(0.25);
  });

  it('decides every so many steps, and repeats that alone at the same interval', async () => {
    const first = join(folder(), 'first');
    const every3 = ['--schedule-interval', '3', '--epochs', '2'];
    await train('--policy', 'probabilistic', ...every3, '--out', first);
    const path = join(first, 'schedule.jsonl');
    const schedule = lines(path);
    expect(schedule.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 0],
      [0, 3],
      [1, 6],
    ]);
    expect(json(join(first, 'config.json'))).toMatchObject({ options: { scheduleInterval: 3 } });
    const second = join(folder(), 'second');
    const fixed = ['--policy', 'fixed', '--schedule', path];
    await train(...fixed, ...every3, '--out', second);
    expect(lines(join(second, 'schedule.jsonl')).map(({ layers }) => layers)).toEqual(
      schedule.map(({ layers }) => layers),
    );
    const { code, err } = await train(...fixed, '--out', join(folder(), 'third'));
    expect([code, err.at(-1)]).toEqual([
      2,
      expect.stringMatching(/the schedule decides every 3 steps, .*--schedule-interval 3/),
    ]);
  });

  it('takes a policy from an ES module, and says what is wrong with one', () => {
    const path = join(folder(), 'policy.mjs');
    const run = join(folder(), 'run');
    // In a process of its own: jest has a module loader of its own.
    const trainWith = (policy: string, text: string) => {
      writeFileSync(policy, text);
      const more = ['--steps', '1', '--policy', policy, '--out', run];
      const bin = join(__dirname, '../../bin/dpquant.js');
      const args = ['train', ...withoutExcluded(shortRun(), more), ...more];
      return spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    };
    const refusals = [
      ['export const policy = 1;', /expected a policy .* got undefined; has the module/],
      ['export default { name: "x" };', /select undefined/],
      ['export default (', /cannot be loaded/],
      ['export default { name: "x", select: () => 1 }', /x, epoch 0: expected select/],
    ] as const;
    for (const [text, message] of refusals) {
      const { stderr, status } = trainWith(path, text);
      expect(stderr).toMatch(message);
      expect(status).toBe(2);
      expect(existsSync(run)).toBe(false);
    }
    const typed = trainWith(join(folder(), 'policy.ts'), 'export default (x: number) => x;');
    if (!('typescript' in process.features))
      expect(typed.stderr).toMatch(/Node .* cannot run.*22.18/);

    const last = 'layers.slice(-1).map(({ name }) => [name, format])';
    const text = `export default () => ({
      name: 'last', select: ({ layers, format }) => new Map(${last}) });`;
    const { stderr, status } = trainWith(path, text);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/Done/)]);
    expect(lines(join(run, 'schedule.jsonl'))[0]!['layers']).toMatchObject({ dense: 'luq-fp4' });
  });

  it('trains with every optimizer, clipping rule, schedule of noise, average and view', async () => {
    const settings = [
      ['--optimizer', 'adam', '--ema', '0.5'],
      ['--optimizer', 'adamw', '--noise-ratio', '0.5', '--clip-ratio', '2'],
      ['--optimizer', 'adam-bc', '--learning-rate-schedule', 'cosine', '--warmup-steps', '1'],
      ['--clipping', 'quantile', '--views', '2', '--shift', '2', '--flip'],
      ['--clipping', 'per-layer', '--noise-multiplier', '2', '--steps', '3'],
      ['--clipping', 'automatic', '--momentum', '0.5', '--estimator', 'rollout'],
    ];
    for (const [i, args] of settings.entries()) {
      const out = join(folder(), String(i));
      const small = ['--batch-size', '60', '--steps', '3', '--json', '--out', out];
      const { code, out: answer, err } = await train(...small, ...args);
      expect([code, err.at(-1)]).toEqual([0, expect.stringMatching(/^Model:/)]);
      const { epsilon, guarantee } = JSON.parse(answer) as RunSummary;
      expect(guarantee).toBe('differential privacy');
      expect(epsilon).toBeLessThanOrEqual(3);
    }
  });

  it('learns with Adam, whose epsilon is not that of privacy', async () => {
    const adam = ['--optimizer', 'adam', '--no-privacy', '--policy', 'full', '--steps', '12'];
    const { out: answer } = await train(
      ...adam,
      ...['--batch-size', '100', '--json', '--out', join(folder(), 'run')],
    );
    expect((JSON.parse(answer) as RunSummary).accuracy).toBeGreaterThan(0.6);
  });

  it('trains without privacy as a baseline, and says that it guarantees nothing', async () => {
    const {
      code,
      out: answer,
      err,
    } = await train(
      ...['--no-privacy', '--policy', 'full', '--learning-rate', '0.1', '--json'],
      ...['--out', join(folder(), 'run')],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ guarantee: 'none', epsilon: null, epsilonTarget: null });
    expect(err.join()).toMatch(/No privacy guarantee.*neither clipping nor noise/);
  });

  it('stops with step and weight when it diverges, and keeps the state of the step before', async () => {
    const out = join(folder(), 'run');
    const huge = ['--noise-multiplier', '100', '--clip-norm', '1e38', '--policy', 'full'];
    const { code, err } = await train(...huge, '--out', out);
    expect(code).toBe(1);
    expect(err.at(-1)).toMatch(/step 0: the released gradient of "conv1\S*" is not finite/);
    const state = json(join(out, 'checkpoint/state.json')) as { step: number; charged: number };
    expect(state).toMatchObject({ step: 0, charged: 0 });
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')));
    expect(ledger.entries[0]!.count).toBe(1);
    expect(existsSync(join(out, 'summary.json'))).toBe(false);
  });

  it('stops early by the public accuracy', async () => {
    const { code, out: answer } = await train(
      ...['--early-stop', '1', '--epochs', '6', '--learning-rate', '1e-9', '--policy', 'full'],
      ...['--json', '--out', join(folder(), 'run')],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ stopped: 'early stop', steps: 8 });
    // The guarantee is the plan's, not what happened to be spent.
    expect(summary.epsilon).toBeGreaterThan(2.99);
    expect(summary.epsilonSpent).toBeLessThan(2.5);
  });
});
