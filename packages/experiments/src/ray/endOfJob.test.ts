import { describe, expect, it } from '@jest/globals';
import { endOfJob } from './endOfJob.ts';
import type { RayJob } from './rayJob.ts';

const circumstances = {
  ...{ id: 'a.1', isAsked: false, isFound: false, areOthersRunning: false, lastLines: 'words' },
};
const failed = (exitCode: number | null, errorType: string | null): RayJob => ({
  ...{ id: 'a.1', status: 'FAILED', message: 'died\nof this', errorType, exitCode },
});
const ofProgram = 'JOB_ENTRYPOINT_COMMAND_ERROR';

describe('endOfJob', () => {
  it.each([
    ['its program fails', failed(3, ofProgram), undefined],
    ['its program aborts', failed(-6, ofProgram), undefined],
    ['memory has run out', failed(-9, ofProgram), 'lost'],
    ['a shell tells of SIGKILL', failed(137, ofProgram), 'lost'],
    ['its node is taken away', failed(130, ofProgram), 'lost'],
    ['its supervisor dies', failed(null, 'JOB_SUPERVISOR_ACTOR_DIED'), 'lost'],
    ['an earlier Ray says no reason', failed(null, null), 'lost'],
    ['it cannot be set up', failed(null, 'RUNTIME_ENV_SETUP_FAILURE'), undefined],
    ['its head was restarted', null, 'lost'],
  ] as const)('tells whether a job is lost when %s', (_, job, fate) => {
    expect(endOfJob(job, circumstances).fate).toBe(fate);
    // What was asked to end is not run again.
    const asked = endOfJob(job, { ...circumstances, isAsked: true });
    expect(asked.fate).toBeUndefined();
    if (fate === 'lost') expect(asked.exitCode).toBe(130);
  });

  it('waits for room while there are others that have it', () => {
    const job = failed(null, 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT');
    expect(endOfJob(job, circumstances)).toEqual({ exitCode: null, lastLines: 'job a.1: died' });
    const fate = endOfJob(job, { ...circumstances, areOthersRunning: true }).fate;
    expect(fate).toBe('no room');
  });

  it('takes a job that somebody else has stopped for ended, and runs a found one again', () => {
    const stopped: RayJob = { ...failed(null, null), status: 'STOPPED' };
    const end = endOfJob(stopped, circumstances);
    expect(end).toMatchObject({ exitCode: null, lastLines: expect.stringMatching(/same command/) });
    expect(end.fate).toBeUndefined();
    expect(endOfJob(stopped, { ...circumstances, isFound: true }).fate).toBe('lost');
    expect(endOfJob(stopped, { ...circumstances, isAsked: true }).exitCode).toBe(130);
  });
});
