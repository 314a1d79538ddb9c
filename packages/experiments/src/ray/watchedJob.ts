import { setTimeout } from 'node:timers/promises';
import type { CellEnd, RunningCell } from '../launcher.ts';
import { endOfJob } from './endOfJob.ts';
import { keepLog, lastLinesIn } from './jobLog.ts';
import type { Delays, Patience } from './patience.ts';
import { hasEnded, type RayJob } from './rayJob.ts';
import { RayRefusalError, type RayJobs } from './rayJobs.ts';

export interface JobToWatch {
  readonly jobs: RayJobs;
  readonly id: string;
  /** File for the log of a job that does not succeed. */
  readonly log: string;
  /** Null for a job that an earlier process has submitted. */
  readonly submit: (() => Promise<void>) | null;
  readonly patience: Patience;
  readonly delays: Delays;
  /** Submission ids of the jobs of the launcher that are running: this one keeps its own there. */
  readonly running: Set<string>;
}

/** A job from its submission to its end. */
export class WatchedJob implements RunningCell {
  readonly end: Promise<CellEnd>;
  readonly #job: JobToWatch;
  readonly #leaving = new AbortController();
  #askedAt: number | null = null;
  /** Ends the pause before the next look. */
  #wake: () => void = () => undefined;

  constructor(job: JobToWatch) {
    this.#job = job;
    this.end = this.#watch();
  }

  stop(): void {
    this.#askedAt ??= performance.now();
    this.#wake();
  }

  leave(): void {
    this.#leaving.abort();
    this.#wake();
  }

  async #watch(): Promise<CellEnd> {
    const { jobs, id, submit, patience, running } = this.#job;
    try {
      if (submit) await patience.answer(submit, this.#leaving.signal);
      return await this.#endOf(await this.#ended());
    } catch (error) {
      const { message } = error as Error;
      if (this.#leaving.signal.aborted) return { exitCode: null, lastLines: '', fate: 'left' };
      const isRefused = submit !== null && error instanceof RayRefusalError;
      const remedy = isRefused
        ? ''
        : `; job ${id} may still be under way in ${jobs.address.href}, the same command goes on with it`;
      return { exitCode: null, lastLines: `${message}${remedy}` };
    } finally {
      running.delete(id);
    }
  }

  /** The job when it has ended; null where Ray does not know it. */
  async #ended(): Promise<RayJob | null> {
    const { jobs, id, patience, delays, running } = this.#job;
    const { signal } = this.#leaving;
    const begin = performance.now();
    let isStopSent = false;
    for (;;) {
      if (this.#askedAt !== null && !isStopSent) {
        await patience.answer(() => jobs.stop(id), signal);
        isStopSent = true;
      }
      const job = await patience.answer(() => jobs.find(id), signal);
      if (job === null || hasEnded(job)) return job;
      if (job.status === 'RUNNING') running.add(id);
      // Ray stops it when it finds room for it, and not before.
      const isWaiting = job.status === 'PENDING' && this.#askedAt !== null;
      if (isWaiting && performance.now() - this.#askedAt! > delays.stopWait) {
        return { ...job, status: 'STOPPED' };
      }
      if (this.#askedAt !== null && !isStopSent) continue;
      const tenth = (performance.now() - begin) / 10;
      await this.#pause(Math.min(Math.max(delays.firstLook, tenth), delays.longestLook));
    }
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#leaving;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    await Promise.race([setTimeout(milliseconds, undefined, { signal: over.signal }), woken]);
    over.abort();
    signal.throwIfAborted();
  }

  async #endOf(job: RayJob | null): Promise<CellEnd> {
    const { id, log, submit, running } = this.#job;
    running.delete(id);
    const logs = job?.status === 'SUCCEEDED' || job === null ? '' : await this.#logs(job);
    const end = endOfJob(job, {
      id,
      isAsked: this.#askedAt !== null,
      isFound: submit === null,
      areOthersRunning: running.size > 0,
      lastLines: lastLinesIn(logs),
    });
    if (job?.status !== 'SUCCEEDED') {
      keepLog(log, `job ${id} of Ray: ${job?.status ?? 'not known any more'}`, logs);
    }
    return end;
  }

  /** The log of a job; what Ray says of it where the log is gone with its node. */
  async #logs(job: RayJob): Promise<string> {
    const { jobs, id } = this.#job;
    try {
      const logs = await jobs.logs(id);
      return logs === '' ? job.message : logs;
    } catch {
      return job.message;
    }
  }
}
