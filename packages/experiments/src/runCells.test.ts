import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { CellEnd, Launch, Launcher, RunningCell } from './launcher.ts';
import { runCells } from './runCells.ts';

const done: CellEnd = { exitCode: 0, lastLines: '' };

/** A launcher whose runs end when the test tells them to. */
function fakeLauncher() {
  const started: string[] = [];
  const stops: string[] = [];
  const running = new Map<string, (end: CellEnd) => void>();
  const launcher: Launcher = {
    start({ cell }: Launch): RunningCell {
      started.push(cell);
      const end = new Promise<CellEnd>((resolve) => running.set(cell, resolve));
      return { end, stop: () => void stops.push(cell) };
    },
  };
  const end = async (cell: string, how: CellEnd = done) => {
    running.get(cell)!(how);
    await setImmediate();
  };
  return { launcher, started, stops, end };
}

const placeOf = (cell: string) => ({ cell, log: '' });
const argumentsOf = () => [];
const all = { placeOf, argumentsOf };

describe('runCells', () => {
  it('runs the given number at a time, in order', async () => {
    const { launcher, started, end } = fakeLauncher();
    const run = runCells(['a', 'b', 'c', 'd'], { launcher, workers: 2, ...all });
    await setImmediate();
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    for (const cell of ['a', 'c', 'd']) await end(cell);
    await run;
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('continues after a cell that fails, and after one that cannot be launched', async () => {
    const { launcher, started, end } = fakeLauncher();
    const ends: [string, CellEnd][] = [];
    const run = runCells(['damaged', 'ended', 'failing', 'good'], {
      launcher,
      workers: 1,
      placeOf,
      argumentsOf(cell) {
        if (cell === 'damaged') throw new Error('ledger.json: is damaged');
        return cell === 'ended' ? null : [];
      },
      onEnd: (cell, how) => void ends.push([cell, how]),
    });
    await setImmediate();
    await end('failing', { exitCode: 1, lastLines: 'no memory' });
    await end('good');
    await run;
    expect(started).toEqual(['failing', 'good']);
    expect(ends).toEqual([
      ['damaged', { exitCode: null, lastLines: 'ledger.json: is damaged' }],
      ['ended', done],
      ['failing', { exitCode: 1, lastLines: 'no memory' }],
      ['good', done],
    ]);
  });

  it('continues after a cell that the launcher cannot start', async () => {
    const { launcher, started, end } = fakeLauncher();
    const ends: [string, CellEnd][] = [];
    const run = runCells(['full disk', 'good'], {
      workers: 1,
      ...all,
      launcher: {
        start(launch) {
          if (launch.cell === 'full disk') throw new Error('ENOSPC');
          return launcher.start(launch);
        },
      },
      onEnd: (cell, how) => void ends.push([cell, how]),
    });
    await setImmediate();
    expect(started).toEqual(['good']);
    await end('good');
    await run;
    expect(ends).toEqual([
      ['full disk', { exitCode: null, lastLines: 'ENOSPC' }],
      ['good', done],
    ]);
  });

  it('starts nothing after a stop signal, and waits for running cells', async () => {
    const { launcher, started, stops, end } = fakeLauncher();
    const betweenSteps = new AbortController();
    const atOnce = new AbortController();
    let isOver = false;
    const run = runCells(['a', 'b', 'c'], {
      ...{ launcher, workers: 2, ...all },
      ...{ betweenSteps: betweenSteps.signal, atOnce: atOnce.signal },
    }).then(() => (isOver = true));
    await setImmediate();
    betweenSteps.abort();
    expect(stops).toEqual(['a', 'b']);
    await end('a');
    atOnce.abort();
    expect(stops).toEqual(['a', 'b', 'b']);
    expect(isOver).toBe(false);
    await end('b');
    await run;
    expect(started).toEqual(['a', 'b']);
  });

  it('awaits onEnd before the worker continues', async () => {
    const { launcher, started, end } = fakeLauncher();
    let goOn: () => void = () => undefined;
    const run = runCells(['a', 'b'], {
      ...{ launcher, workers: 1, ...all },
      onEnd: (cell) =>
        cell === 'a' ? new Promise<void>((resolve) => (goOn = resolve)) : undefined,
    });
    await setImmediate();
    await end('a');
    expect(started).toEqual(['a']);
    goOn();
    await setImmediate();
    expect(started).toEqual(['a', 'b']);
    await end('b');
    await run;
  });
});
