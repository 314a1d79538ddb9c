import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { duration, Progress } from './progress.ts';
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
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    result += String(text);
    return true;
  });
  terminal.result(JSON.stringify({ name }));
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

it('says what a newcomer wants to know of a run', () => {
  process.stderr.isTTY = true;
  process.stderr.columns = 200;
  const progress = new Progress(processTerminal(), {
    epochs: 10,
    steps: 160,
    stepsPerEpoch: 16,
    firstStep: 0,
    expectedBatchSize: 512,
    epsilonTarget: 3,
    guarantee: 'differential privacy',
    format: 'luq-fp4',
  });
  progress.beginEpoch(new Map([['conv1', 'luq-fp4']]));
  progress.step(17, 1, 0.5);
  expect(written).toMatch(
    /epoch {2}2\/10, step 1\/16, \d+:\d\d left · ε 0.50 of 3 · \d+ examples\/s · luq-fp4: conv1/,
  );
  progress.endEpoch(32, 1, 0.75, 0.912);
  expect(written).toMatch(
    /epoch {2}2\/10 · ε 0.75 of 3 · validation 91.2 % · \d+ examples\/s · luq-fp4: conv1\n$/,
  );
});

it('writes durations as minutes and seconds', () => {
  expect([0, 59.6, 61, 3600].map(duration)).toEqual(['0:00', '1:00', '1:01', '60:00']);
});
