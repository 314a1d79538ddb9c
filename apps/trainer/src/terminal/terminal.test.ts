import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RunBegin } from '@dpquant/training';
import { duration } from './duration.ts';
import { impactList, layerList } from '../models/layerList.ts';
import { Progress } from '../run/progress.ts';
import type { ReportedRun } from '../run/runMessages.ts';
import { jobVariable } from '@dpquant/training/node';
import { processTerminal } from './terminal.ts';

const { isTTY } = process.stderr;
let written: string;
beforeEach(() => {
  written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  process.stderr.isTTY = isTTY;
  delete process.env['NO_COLOR'];
  jest.restoreAllMocks();
});

it('shows a changing line and colours on a terminal only', () => {
  process.stderr.isTTY = true;
  const terminal = processTerminal();
  terminal.show('working');
  terminal.say('done');
  expect(written).toBe('\r\x1b[Kworking\r\x1b[Kdone\n');
  written = '';
  terminal.say(`${terminal.bold('x')} y`);
  expect(written).toBe('\r\x1b[K\x1b[1mx\x1b[0m y\n');
});

describe('what tells of private rows', () => {
  const connected = Object.getOwnPropertyDescriptor(process, 'connected');
  afterEach(() => {
    if (connected) Object.defineProperty(process, 'connected', connected);
  });
  const launchedByComparison = (value: boolean) =>
    Object.defineProperty(process, 'connected', { value, configurable: true });

  it('is written for the owner', () => {
    launchedByComparison(false);
    processTerminal().tellOwner('warning: 3 of 10 examples are beyond 20');
    expect(written).toBe('warning: 3 of 10 examples are beyond 20\n');
  });

  it('is not written to the log of a comparison', () => {
    launchedByComparison(true);
    const terminal = processTerminal();
    terminal.tellOwner('warning: 3 of 10 examples are beyond 20');
    terminal.say('begun');
    expect(written).toBe('begun\n');
  });

  it('is not written to the log of a job, which others may read', () => {
    launchedByComparison(false);
    process.env[jobVariable] = 'comparison-cell.1';
    try {
      processTerminal().tellOwner('warning: 3 of 10 examples are beyond 20');
    } finally {
      Reflect.deleteProperty(process.env, jobVariable);
    }
    expect(written).toBe('');
  });
});

it('writes plain lines elsewhere', () => {
  process.stderr.isTTY = false;
  const terminal = processTerminal();
  terminal.show('working');
  terminal.say('done');
  expect(written).toBe('done\n');
  expect(terminal.bold('x')).toBe('x');
});

it('shows the control characters in names instead of obeying them', () => {
  process.stderr.isTTY = true;
  const terminal = processTerminal();
  const name = 'conv\x1b[2J\x1b[1m\r\n\x9b1m\u202edone';
  const shown = 'conv\\u001b[2J\\u001b[1m\\u000d\\u000a\\u009b1m\\u202edone';
  terminal.say(`layer ${name} in ${terminal.bold(name)}`);
  expect(written).toBe(`\r\x1b[Klayer ${shown} in \x1b[1m${shown}\x1b[0m\n`);
  written = '';
  terminal.show(name);
  expect(written).toBe(`\r\x1b[K${shown}`);
  let result = '';
  written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    result += String(text);
    return true;
  });
  terminal.result(JSON.stringify({ name }));
  // The line that was shown is gone, once.
  terminal.result('{}');
  expect(written).toBe('\r\x1b[K');
  result = result.split('\n')[0]!;
  // eslint-disable-next-line no-control-regex
  expect(result.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(JSON.parse(result)).toEqual({ name });
});

it('leaves whole parts of a changing line out where there is no room', () => {
  process.stderr.isTTY = true;
  process.stderr.columns = 20;
  const terminal = processTerminal();
  terminal.show('epoch 1/8 · ε 0.50 of 3 · 0:42 left');
  expect(written).toBe('\r\x1b[Kepoch 1/8');
});

it('honours NO_COLOR', () => {
  process.stderr.isTTY = true;
  process.env['NO_COLOR'] = '1';
  expect(processTerminal().bold('x')).toBe('x');
});

describe('progress', () => {
  let now: number;
  let spent: jest.Mock<() => number>;
  let progress: Progress;
  beforeEach(() => {
    now = 1000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    process.stderr.isTTY = true;
    process.stderr.columns = 200;
    // An ε takes 20 ms to find.
    spent = jest.fn(() => {
      now += 20;
      return 0.5;
    });
    progress = begun();
  });

  /** A run of ten epochs of 16 steps that has begun. */
  function begun(): Progress {
    const options = { privacy: true, epsilon: 3, format: 'luq-fp4', policy: 'full' };
    const shown = new Progress(processTerminal(), {
      config: {
        options,
        plan: { unitCount: 8192, steps: 160, stepsPerEpoch: 16, noiseMultiplier: 1 },
        start: { frozen: [] },
      },
      backend: { passedOver: [], notes: [] },
    } as unknown as ReportedRun);
    shown.onBegin({
      firstStep: 0,
      guarantee: 'differential privacy',
      plan: { steps: 160, analyses: null },
      layers: [{ name: 'conv1' }, { name: 'conv2' }],
      epsilonImported: null,
      epsilonSpent: spent,
    } as unknown as RunBegin);
    shown.onDecision({ assignment: new Map([['conv1', 'luq-fp4']]) });
    shown.onEpochBegin({ epoch: 1 });
    written = '';
    return shown;
  }

  it('says what a newcomer wants to know of a run', () => {
    now += 1700;
    progress.onStepEnd({ steps: 17, epoch: 1, seconds: 1.7, examplesPerSecond: 5120 });
    expect(written).toMatch(
      /epoch {2}2\/10, step 1\/16 · ε 0.50 of 3 · 0:14 left · \d+ examples\/s · luq-fp4: conv1/,
    );
    progress.onEpochEnd({
      ...{ epoch: 1, steps: 32, epsilon: 0.75, validationAccuracy: 0.912 },
      validationMetrics: { accuracy: 0.912 },
      ...{ seconds: 3.4, examplesPerSecond: 5120 },
    });
    expect(written).toMatch(
      /epoch {2}2\/10 · ε 0.75 of 3 · validation 91.2 % · \d+ examples\/s · luq-fp4: conv1\n$/,
    );
  });

  it('shows what is charged, and spends a few percent of the time on finding it', () => {
    const start = now;
    for (let step = 1; step <= 160; step++) {
      now += 50;
      const seconds = (now - start) / 1000;
      const epoch = Math.floor((step - 1) / 16);
      progress.onStepEnd({ steps: step, epoch, seconds, examplesPerSecond: 9 });
    }
    const times = spent.mock.calls.length;
    expect(times).toBeGreaterThan(5);
    expect(20 * times).toBeLessThan(0.035 * (now - start));
    expect(written.split('\r')).toHaveLength(1 + times);
  });

  it('finds no ε where nobody sees it', () => {
    process.stderr.isTTY = false;
    begun().onStepEnd({ steps: 1, epoch: 0, seconds: 1, examplesPerSecond: 9 });
    expect(spent).not.toHaveBeenCalled();
    expect(written).toBe('');
  });
});

it('names few layers, and counts many', () => {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `l${i}`);
  expect(layerList([], names(4))).toBe('no layer');
  expect(layerList(names(4), names(4))).toBe('all 4 layers');
  expect(layerList(names(3), names(4))).toBe('l0 l1 l2');
  expect(layerList(names(19), names(21))).toBe('19 of 21 layers, not l19 l20');
  expect(layerList(names(16), names(21))).toBe('16 of 21 layers');
  const impacts = new Map(names(21).map((name, i) => [name, i / 100]));
  expect(impactList(impacts)).toBe('least l0 0.0000, l1 0.0100; greatest l19 0.1900, l20 0.2000');
});

it('writes durations as minutes and seconds, from an hour on as hours too', () => {
  expect([0, 59.6, 61, 3600].map(duration)).toEqual(['0:00', '1:00', '1:01', '1:00:00']);
});
