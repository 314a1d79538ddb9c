import type { CellEnd } from '../launcher.ts';
import type { RayJob } from './rayJob.ts';

/** Of a program that was interrupted and has saved its state. */
const interrupted = 130;

/** SIGHUP, SIGKILL and SIGTERM: memory that ran out, a node that is taken away. */
const signalsFromOutside = [1, 9, 15];

/** Errors that begin so are those of a node or of Ray, and not of the program. */
const lossOfJob = 'JOB_SUPERVISOR_ACTOR';
const noRoom = 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT';

/** What is known of a job beside what Ray says. */
export interface JobCircumstances {
  readonly id: string;
  /** Whether its launcher has asked it to end. */
  readonly isAsked: boolean;
  /** Whether an earlier process has submitted it, which may have asked it to end. */
  readonly isFound: boolean;
  /** Whether other jobs of its launcher are running, so that there will be room again. */
  readonly areOthersRunning: boolean;
  /** The last lines that its program said. */
  readonly lastLines: string;
}

/**
 * How a cell has ended whose job is over.
 *
 * @param job null where Ray does not know it any more: its head was started anew
 */
export function endOfJob(
  job: RayJob | null,
  { id, isAsked, isFound, areOthersRunning, lastLines }: JobCircumstances,
): CellEnd {
  if (job === null) {
    return lost(isAsked, `Ray does not know job ${id} any more: its head was started anew`);
  }
  const { status, exitCode, errorType, message } = job;
  if (status === 'SUCCEEDED') return { exitCode: 0, lastLines: '' };
  if (status === 'STOPPED') {
    if (isAsked) return { exitCode: interrupted, lastLines };
    const words = `job ${id} was stopped in Ray; the same command goes on with it`;
    return isFound ? lost(isAsked, words) : { exitCode: null, lastLines: words };
  }
  if (exitCode === null) {
    const words = `job ${id}: ${message.split('\n')[0] ?? ''}`;
    if (errorType === noRoom) {
      return { exitCode, lastLines: words, ...(areOthersRunning && { fate: 'no room' }) };
    }
    const isLost = errorType === null || errorType.startsWith(lossOfJob);
    return isLost ? lost(isAsked, words) : { exitCode, lastLines: words };
  }
  const signal = exitCode < 0 ? -exitCode : exitCode > 128 ? exitCode - 128 : 0;
  if (exitCode === interrupted || signalsFromOutside.includes(signal)) {
    return lost(isAsked, `job ${id} was ended from outside (exit code ${exitCode})`);
  }
  return { exitCode, lastLines: lastLines || `job ${id} ended with exit code ${exitCode}` };
}

function lost(isAsked: boolean, lastLines: string): CellEnd {
  return isAsked
    ? { exitCode: interrupted, lastLines }
    : { exitCode: null, lastLines, fate: 'lost' };
}
