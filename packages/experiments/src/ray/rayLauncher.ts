import type { CellPlace, Launch, Launcher, RunningCell } from '../launcher.ts';
import { defaultDelays, Patience, type Delays } from './patience.ts';
import { hasEnded } from './rayJob.ts';
import type { RayJobs } from './rayJobs.ts';
import { shellCommand } from './shellCommand.ts';
import { WatchedJob } from './watchedJob.ts';

export interface RayLauncherOptions {
  readonly jobs: RayJobs;
  /** Name of the comparison, unique on the cluster, of characters of file names. */
  readonly comparison: string;
  /** What starts the program on a node, for a shell: `node /shared/dpquant/bin/dpquant.js`. */
  readonly command: string;
  /** What a job takes of a node. */
  readonly cpus: number;
  readonly gpus: number;
  /** Variables for the program of a job, by its submission id. */
  readonly environment?: (id: string) => Readonly<Record<string, string>>;
  /** Is told when Ray falls silent, and when it answers again. */
  readonly notice?: (line: string) => void;
  readonly delays?: Partial<Delays>;
}

/** Seconds that Ray lets a program save its state, before it kills it. */
const stopWait = '20';

/**
 * Starts runs as jobs of a Ray cluster, by its Jobs REST API.
 *
 * A job has the submission id `<comparison>-<cell>.<attempt>`. Ray refuses one that exists: a cell
 * is submitted once, however often the answer is lost. Jobs die with the head of the cluster: Ray
 * does not know them any more then, and their cells end as `lost`.
 *
 * Whoever uses it asks `find` before `start`, which gives the next attempt its number.
 */
export function rayLauncher({
  jobs,
  comparison,
  command,
  cpus,
  gpus,
  environment = () => ({}),
  notice = () => undefined,
  delays: some = {},
}: RayLauncherOptions): Launcher {
  const delays = { ...defaultDelays, ...some };
  const patience = new Patience(delays, notice);
  /** The greatest number that each cell has had. */
  const attempts = new Map<string, number>();
  const running = new Set<string>();
  const attemptOf = (id: string, cell: string) => {
    const start = `${comparison}-${cell}.`;
    const number = id.startsWith(start) ? id.slice(start.length) : '';
    return /^[1-9]\d*$/.test(number) ? Number(number) : 0;
  };
  const watch = (id: string, log: string, submit: (() => Promise<void>) | null): RunningCell =>
    new WatchedJob({ jobs, id, log, submit, patience, delays, running });
  return {
    start({ cell, args, log }: Launch): RunningCell {
      const attempt = (attempts.get(cell) ?? 0) + 1;
      attempts.set(cell, attempt);
      const id = `${comparison}-${cell}.${attempt}`;
      const request = {
        ...{ id, cpus, gpus },
        // Without a shell in between, which would not pass signals on.
        entrypoint: `exec ${command} ${shellCommand(args)}`,
        environment: { RAY_JOB_STOP_WAIT_TIME_S: stopWait, ...environment(id) },
      };
      return watch(id, log, () => jobs.submit(request));
    },
    async find({ cell, log }: CellPlace, signal?: AbortSignal): Promise<RunningCell | null> {
      const all = await patience.answer(() => jobs.list(), signal);
      const own = all.filter(({ id }) => attemptOf(id, cell) > 0);
      const latest = Math.max(...own.map(({ id }) => attemptOf(id, cell)), 0);
      attempts.set(cell, Math.max(latest, attempts.get(cell) ?? 0));
      const found = own.find((job) => !hasEnded(job));
      return found ? watch(found.id, log, null) : null;
    },
    isJobOf: (job, cell) => attemptOf(job, cell) > 0,
  };
}
