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
  expect(terminal.bold('x')).toBe('\x1b[1mx\x1b[0m');
});

it('writes plain lines elsewhere', () => {
  process.stderr.isTTY = false;
  const terminal = processTerminal();
  terminal.show('working');
  terminal.say('done');
  expect(written).toBe('done\n');
  expect(terminal.bold('x')).toBe('x');
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
