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
      /At most 2 analyses.*analysis in .* loss impacts: .*2 analyses took .* planned analyses add 0\.\d+ to ε/,
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
    // What was drawn is certain where it is repeated.
    const certain = schedule.map((line) => ({
      ...line,
      probabilities: Object.fromEntries(
        Object.entries(line['layers'] as object).map(([name, format]) => [
          name,
          Number(format === 'luq-fp4'),
        ]),
      ),
    }));
    expect(lines(join(second, 'schedule.jsonl'))).toEqual(certain);
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

  it('draws four bits among eight by impact, between a warm-up and an end without', async () => {
    const out = join(folder(), 'run');
    const {
      code,
      out: answer,
      err,
    } = await train(
      ...['--epochs', '4', '--other-format', 'int8', '--quantized-layers', '2'],
      ...['--temperature', '0.01', '--impact-per', 'compute', '--schedule-interval', '2'],
      ...['--full-precision-start', '0.25', '--full-precision-end', '0.125'],
      ...['--analysis-start', '1', '--analysis-interval', '1', '--no-adaptive-analysis'],
      ...['--json', '--out', out],
    );
    expect([code, err.join('\n')]).toEqual([
      0,
      expect.stringMatching(
        /2 layers in luq-fp4.*others in int8, none in the first 25 % of the steps, none in the last 12\.5 % of the steps, decided every 2 steps/,
      ),
    ]);
    expect(err.join('\n')).toMatch(/At most 3 analyses.*, the first before epoch 2\)/);
    const records = lines(join(out, 'schedule.jsonl'));
    const formats = records.map(({ layers }) =>
      Object.values(layers as object)
        .sort()
        .join(' '),
    );
    const all = 'int8 int8 int8 int8';
    const mixed = 'int8 int8 luq-fp4 luq-fp4';
    expect(formats).toEqual([all, all, mixed, mixed, mixed, mixed, mixed, all]);
    // Sixteen steps in epochs of four: analysed before steps 4, 8 and 12.
    expect(records.map((record) => 'impacts' in record)).toEqual(
      [0, 2, 4, 6, 8, 10, 12, 14].map((step) => step > 0 && step % 4 === 0),
    );
    const sums = records.map(({ probabilities }) =>
      Object.values(probabilities as Record<string, number>).reduce((sum, p) => sum + p, 0),
    );
    sums.forEach((sum, i) => expect(sum).toBeCloseTo(formats[i] === all ? 0 : 2, 6));
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary.quantizedFraction).toBeCloseTo((0.5 * 10) / 16, 12);
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')));
    const analyses = ledger.entries.filter(({ label }) => label === 'analysis');
    expect(analyses.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    expect(summary.epsilon).toBeGreaterThan(2.99);
  });

  it('refuses shares and a start of analyses that the run has no steps for', async () => {
    for (const [flags, message] of [
      [['--full-precision-end', '0.5'], /full-precision-end: leaves nothing to the policy/],
      [['--full-precision-start', '0.01'], /full-precision-start: 0.01 of 4 steps is no step/],
      [['--analysis-start', '1'], /analyses\.start: expected an epoch from 0 to 0, .*got 1/],
    ] as const) {
      const { code, err } = await train(...flags, '--out', join(folder(), 'run'));
      expect([code, err.at(-1)]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(existsSync(join(folder(), 'run'))).toBe(false);
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

  it('stops with step and weight when it diverges, and does not pass for finished', async () => {
    const out = join(folder(), 'run');
    const huge = ['--noise-multiplier', '100', '--clip-norm', '1e9', '--learning-rate', '1e38'];
    const { code, err } = await train(...huge, '--policy', 'full', '--out', out);
    expect(code).toBe(1);
    // Weights are looked at after each epoch of four steps.
    expect(err.at(-1)).toMatch(/step 3: the weight of "conv1\S*" is not finite/);
    const state = json(join(out, 'checkpoint/state.json')) as { step: number; charged: number };
    expect(state).toMatchObject({ step: 4, charged: 4 });
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')));
    expect(ledger.entries[0]!.count).toBe(4);
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
