import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { smallCnn } from '@dpquant/models';
import { layerArithmetic, registerArithmetic } from '@dpquant/quantization';
import {
  fixedPolicy,
  probabilistic,
  type ComputeBudget,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { requireUsablePolicy } from './policyAnswers.ts';
import type { RunSummary } from '@dpquant/training';
import { commandProcess } from '../testing/commandProcess.ts';
import { json, lines, shortRuns, withoutExcluded } from '../testing/shortRun.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { UsageError } from '../flags/usageError.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const { flags } = shortRuns();

const policyOf = (select: SchedulePolicy['select']) => ({ name: 'mine', select });

describe('requireUsablePolicy', () => {
  beforeAll(() => registerArithmetic({ ...layerArithmetic('int8'), name: 'new-format' }));

  const model = smallCnn({ inputShape: [12, 12, 1], classes: 2, seed: 1 });
  const ask = (policy: SchedulePolicy, budget: ComputeBudget, options = {}) =>
    requireUsablePolicy(policy, {
      options: { policy: 'x', format: 'luq-fp4', otherFormat: 'float32', seed: 1, ...options },
      plan: { steps: 8, stepsPerEpoch: 4 },
      model,
      budget,
    } as never);

  it.each([
    [{ theoreticalSpeedup: 100 }, /--target-speedup: expected at most 4, .*got 100; lower it/],
    [{ quantizedLayers: 9 }, /--quantized-layers: expected at most 4/],
  ])('refuses the budget %j', (budget, message) => {
    expect(() => ask(probabilistic(), budget)).toThrow(UsageError);
    expect(() => ask(probabilistic(), budget)).toThrow(message);
  });

  it.each<[string, SchedulePolicy['select'], RegExp]>([
    [
      'fails',
      () => {
        throw new Error('no luck');
      },
      /^policy: mine, epoch 0: no luck$/,
    ],
    ['names no layer', () => new Map([['b', 'int8']]), /^policy: mine, epoch 0: .*'b'/],
    ['names no format', () => new Map([['conv1', 'int5']]), /^policy: mine, epoch 0: .*got 'int5'/],
    [
      'takes a format without a speed-up',
      () => new Map([['conv1', 'new-format']]),
      /mine, epoch 0: layer 'conv1': no speed-up is known for the format 'new-format'/,
    ],
    ['waits', (async () => new Map()) as never, /must not be asynchronous/],
  ])('refuses a policy that %s', (_, select, message) => {
    const wrong = () => ask(policyOf(select), { quantizedLayers: 1 });
    expect(wrong).toThrow(UsageError);
    expect(wrong).toThrow(message);
  });

  it('refuses a policy whose probabilities are none', () => {
    const wrong = { ...probabilistic(), probabilities: () => new Map([['conv1', -1]]) };
    expect(() => ask(wrong, { quantizedLayers: 1 })).toThrow(
      /^policy: probabilistic, epoch 0: layer 'conv1': expected a probability .* got -1$/,
    );
  });

  it('gives impacts to whoever wants them, and asks for every epoch of a file', () => {
    const select = jest.fn<SchedulePolicy['select']>(() => new Map());
    ask({ name: 'x', usesLossImpacts: true, select }, { quantizedLayers: 1 });
    expect(select).toHaveBeenCalledTimes(1);
    expect([...select.mock.calls[0]![0].lossImpacts!.keys()]).toContain('conv1');
    const later = fixedPolicy({ assignments: [new Map(), new Map([['conv9', 'int8']])] });
    const wrong = () => ask(later, { quantizedLayers: 1 }, { policy: 'fixed' });
    expect(wrong).toThrow(/fixed, epoch 1: .*'conv9'/);
    const byStep = () =>
      ask(later, { quantizedLayers: 1 }, { policy: 'fixed', scheduleInterval: 3 });
    expect(byStep).toThrow(/fixed, step 3: .*'conv9'/);
  });
});

it('a policy that fails later leaves the state, what was spent and a way to go on', () => {
  const policy = join(folder(), 'policy.mjs');
  const out = join(folder(), 'run');
  // In a process of its own: jest has a module loader of its own.
  const train = (...args: string[]) =>
    spawnSync(process.execPath, commandProcess('train', ...args, '--json', '--out', out), {
      encoding: 'utf8',
    });
  const select = (body: string) =>
    writeFileSync(policy, `export default { name: 'late', select: ({ epoch }) => { ${body} } };`);
  select("if (epoch === 1) throw new Error('no luck'); return new Map();");
  const short = ['--batch-size', '900', '--steps', '2', '--policy', policy];
  const failed = train(...withoutExcluded(flags(), short), ...short);
  expect(failed.stderr).toMatch(/Charged so far: 1 step of 2, ε = \d\.\d+ at δ/);
  expect(failed.stderr).toMatch(
    /late, epoch 1: no luck; mend the policy, .*--resume --policy \S+policy.mjs --out/,
  );
  expect(failed.status).toBe(1);
  const summary = JSON.parse(failed.stdout) as RunSummary;
  expect(summary).toMatchObject({ stopped: 'policy error', steps: 1 });
  expect(summary.epsilonSpent).toBeLessThan(summary.epsilon!);
  expect(json(join(out, 'checkpoint/state.json'))).toMatchObject({ step: 1 });
  expect(existsSync(join(out, 'summary.json'))).toBe(false);

  select('return new Map();');
  expect(train('--resume').status).toBe(2);
  expect(train('--resume', '--policy', policy).status).toBe(0);
  expect(lines(join(out, 'metrics.jsonl')).map(({ step }) => step)).toEqual([1, 2]);
});
