import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { withStopSignals } from './stopSignals.ts';
import { recorder } from '../testing/recordedCommand.ts';

let exits: unknown[];
beforeEach(() => {
  exits = [];
  jest.spyOn(process, 'exit').mockImplementation((code) => exits.push(code) as never);
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** What a run has been told after each of the signals sent to it, and what its terminal shows. */
async function after(...signals: ('SIGINT' | 'SIGTERM' | 'disconnect' | number)[]) {
  const { terminal, err } = recorder();
  const states = await withStopSignals(terminal, async ({ betweenSteps, atOnce }) =>
    signals.map((signal) => {
      if (typeof signal === 'number') jest.advanceTimersByTime(signal);
      else if (signal === 'disconnect') process.emit(signal);
      else process.emit(signal);
      return atOnce.aborted ? 'at once' : betweenSteps.aborted ? 'between steps' : 'go on';
    }),
  );
  return { states, err };
}

describe('a run', () => {
  it('finishes its step on the first Ctrl-C, not on the second, and ends on the third', async () => {
    const { states, err } = await after('SIGINT', 'SIGINT');
    expect(states).toEqual(['between steps', 'at once']);
    expect(err).toEqual([
      expect.stringMatching(/^Stopping after this step/),
      expect.stringMatching(/^Stopping now; a step that is cut off stays charged/),
    ]);
    expect(exits).toEqual([]);
    await after('SIGINT', 'SIGINT', 'SIGINT');
    expect(exits).toEqual([130]);
  });

  it('finishes its step on SIGTERM, if that takes no longer than five seconds', async () => {
    const { states } = await after('SIGTERM', 4900, 'SIGTERM', 200);
    expect(states).toEqual(['between steps', 'between steps', 'between steps', 'at once']);
  });

  it('ends as on SIGTERM when the process that has started it is gone', async () => {
    const { states } = await after('disconnect', 4900, 200);
    expect(states).toEqual(['between steps', 'between steps', 'at once']);
    const before = process.listenerCount('disconnect');
    await after('disconnect');
    expect(process.listenerCount('disconnect')).toBe(before);
  });

  it('stops at another first signal too, in less time', async () => {
    const { terminal } = recorder();
    const stop = { signal: 'SIGCONT', wait: 1000 } as const;
    const states: boolean[] = [];
    await withStopSignals(
      terminal,
      async ({ betweenSteps, atOnce }) => {
        process.emit('SIGCONT');
        jest.advanceTimersByTime(900);
        states.push(betweenSteps.aborted, atOnce.aborted);
        process.emit('SIGTERM');
        jest.advanceTimersByTime(200);
        states.push(atOnce.aborted);
      },
      stop,
    );
    expect(states).toEqual([true, false, true]);
    expect(process.listenerCount('SIGCONT')).toBe(0);
  });

  it('leaves no listener and no timer behind', async () => {
    const before = process.listenerCount('SIGINT');
    await after('SIGTERM');
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(jest.getTimerCount()).toBe(0);
  });
});
