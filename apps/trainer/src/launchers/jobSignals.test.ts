import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { recorder } from '../testing/recordedCommand.ts';
import { withJobSignals } from './jobSignals.ts';

let exits: unknown[];
beforeEach(() => {
  exits = [];
  jest.spyOn(process, 'exit').mockImplementation((code) => exits.push(code) as never);
});
afterEach(() => void jest.restoreAllMocks());

/** What a comparison has been told after each signal. */
async function after(
  answers: readonly (string | null)[] | null,
  ...signals: ('SIGINT' | 'SIGTERM' | 'SIGHUP')[]
) {
  const asked: string[] = [];
  const left = [...(answers ?? [])];
  const ask = async (question: string) => (asked.push(question), left.shift() ?? null);
  const { terminal } = recorder();
  const states: string[] = [];
  await withJobSignals({ ...terminal, ...(answers && { ask }) }, async (given) => {
    for (const signal of signals) {
      process.emit(signal);
      await setImmediate();
      const { leave, betweenSteps } = given;
      states.push(leave?.aborted ? 'leave' : betweenSteps?.aborted ? 'stop' : 'go on');
    }
  });
  return { states, asked };
}

describe('withJobSignals', () => {
  it('asks on Ctrl-C whether to stop the jobs or to leave them', async () => {
    expect(await after(['s'], 'SIGINT')).toEqual({
      states: ['stop'],
      asked: [expect.stringMatching(/^Stop the jobs.*\(s\), leave them running \(l\), or go on/)],
    });
    expect((await after(['leave'], 'SIGINT')).states).toEqual(['leave']);
    expect((await after(['', 'l'], 'SIGINT', 'SIGINT')).states).toEqual(['go on', 'leave']);
    expect((await after([null], 'SIGINT')).states).toEqual(['leave']);
  });

  it('leaves jobs that do not stop at the second Ctrl-C, and ends at the third', async () => {
    const { states, asked } = await after(['s'], 'SIGINT', 'SIGINT', 'SIGINT');
    expect(states).toEqual(['stop', 'leave', 'leave']);
    expect(asked).toHaveLength(1);
    expect(exits).toEqual([130]);
  });

  it('leaves them where nobody can be asked, and on other signals', async () => {
    expect((await after(null, 'SIGINT')).states).toEqual(['leave']);
    expect((await after(['s'], 'SIGTERM')).states).toEqual(['leave']);
    expect((await after(['s'], 'SIGHUP')).states).toEqual(['leave']);
  });

  it('leaves no listener behind', async () => {
    const count = () =>
      (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => process.listenerCount(signal));
    const before = count();
    await after(null, 'SIGINT');
    expect(count()).toEqual(before);
  });
});
