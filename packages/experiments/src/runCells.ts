import type { CellEnd, CellPlace, Launch, Launcher, RunningCell } from './launcher.ts';

/** Signals that ask runs to end: after the current step, or at once; or that leave them running. */
export interface CellSignals {
  readonly betweenSteps?: AbortSignal;
  readonly atOnce?: AbortSignal;
  /** Stops watching; running cells continue without this process, and no cell is started. */
  readonly leave?: AbortSignal;
}

export interface RunCellsOptions<C> extends CellSignals {
  readonly launcher: Launcher;
  /** Number of runs at a time. */
  readonly workers: number;
  readonly placeOf: (cell: C) => CellPlace;
  /**
   * Arguments of the program, called when a worker is free and no run of the cell is running; null
   * if the cell has already finished. If it throws, the cell has failed.
   */
  readonly argumentsOf: (cell: C) => readonly string[] | null | Promise<readonly string[] | null>;
  readonly onStart?: (cell: C) => void;
  /** Called when a run was lost, before it is started again. */
  readonly onLost?: (cell: C, end: CellEnd) => void;
  /** Awaited before the worker continues. */
  readonly onEnd?: (cell: C, end: CellEnd) => void | Promise<void>;
}

/** How often a lost run is started again. */
const mostLosses = 5;

/**
 * Runs cells in their order, several at a time. A failed cell does not stop the others; a lost run
 * is started again. After a stop signal no cell is started, and running cells are asked to end,
 * also those that an earlier process started.
 *
 * @returns when all started cells have ended or were left
 */
export async function runCells<C>(cells: readonly C[], options: RunCellsOptions<C>): Promise<void> {
  const { workers, betweenSteps, atOnce, leave, onEnd } = options;
  const waiting = [...cells];
  const running = new Set<RunningCell>();
  const stopAll = () => running.forEach((cell) => cell.stop());
  const leaveAll = () => running.forEach((cell) => cell.leave?.());
  betweenSteps?.addEventListener('abort', stopAll);
  atOnce?.addEventListener('abort', stopAll);
  leave?.addEventListener('abort', leaveAll);
  const work = async () => {
    for (;;) {
      const cell = leave?.aborted ? undefined : waiting.shift();
      if (cell === undefined) return;
      const end = await endOf(cell, running, options);
      if (end) await onEnd?.(cell, end);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    betweenSteps?.removeEventListener('abort', stopAll);
    atOnce?.removeEventListener('abort', stopAll);
    leave?.removeEventListener('abort', leaveAll);
  }
}

/** How a cell ended; null if a signal came before it was started. */
async function endOf<C>(
  cell: C,
  running: Set<RunningCell>,
  options: RunCellsOptions<C>,
): Promise<CellEnd | null> {
  const { betweenSteps, atOnce, leave, onStart, onLost } = options;
  const isStopped = () => (betweenSteps?.aborted || atOnce?.aborted) ?? false;
  for (let losses = 0; ;) {
    let started: RunningCell | 'stopped' | null;
    try {
      started = await startedRun(cell, isStopped, options);
    } catch (error) {
      return leave?.aborted ? null : { exitCode: null, lastLines: (error as Error).message };
    }
    if (started === 'stopped') return null;
    if (started === null) return { exitCode: 0, lastLines: '' };
    if (losses === 0) onStart?.(cell);
    running.add(started);
    if (isStopped()) started.stop();
    if (leave?.aborted) started.leave?.();
    const end = await started.end;
    running.delete(started);
    const isAgain = end.fate === 'lost' || end.fate === 'no room';
    if (!isAgain || isStopped() || leave?.aborted) return end;
    // Waiting for resources does not count: the runs that use them will end.
    if (end.fate === 'lost') losses++;
    if (losses > mostLosses) return { ...end, lastLines: `lost ${losses} times: ${end.lastLines}` };
    onLost?.(cell, end);
  }
}

/** Null if the cell has already finished. */
async function startedRun<C>(
  cell: C,
  isStopped: () => boolean,
  { launcher, placeOf, argumentsOf, leave }: RunCellsOptions<C>,
): Promise<RunningCell | 'stopped' | null> {
  const place = placeOf(cell);
  const found = await launcher.find?.(place, leave);
  if (found) return found;
  if (isStopped() || leave?.aborted) return 'stopped';
  const args = await argumentsOf(cell);
  if (args === null) return null;
  if (isStopped() || leave?.aborted) return 'stopped';
  const launch: Launch = { ...place, args };
  return launcher.start(launch);
}
