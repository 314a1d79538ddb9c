import type { CellEnd, Launch, Launcher, RunningCell } from './launcher.ts';

/** Signals that ask runs to end: after the current step, or at once. */
export interface CellSignals {
  readonly betweenSteps?: AbortSignal;
  readonly atOnce?: AbortSignal;
}

export interface RunCellsOptions<C> extends CellSignals {
  readonly launcher: Launcher;
  /** Number of runs at a time. */
  readonly workers: number;
  /**
   * What to launch, called when a worker is free; null if the cell has already finished. If it
   * throws, the cell has failed.
   */
  readonly launchOf: (cell: C) => Launch | null | Promise<Launch | null>;
  readonly onStart?: (cell: C) => void;
  /** Awaited before the worker continues. */
  readonly onEnd?: (cell: C, end: CellEnd) => void | Promise<void>;
}

/**
 * Runs cells in their order, several at a time. A failed cell does not stop the others. After a
 * stop signal no cell is started, and running cells are asked to end.
 *
 * @returns when all started cells have ended
 */
export async function runCells<C>(
  cells: readonly C[],
  { launcher, workers, launchOf, onStart, onEnd, ...signals }: RunCellsOptions<C>,
): Promise<void> {
  const { betweenSteps, atOnce } = signals;
  const waiting = [...cells];
  const running = new Set<RunningCell>();
  const stopAll = () => running.forEach((cell) => cell.stop());
  betweenSteps?.addEventListener('abort', stopAll);
  atOnce?.addEventListener('abort', stopAll);
  const work = async () => {
    for (;;) {
      const cell = betweenSteps?.aborted || atOnce?.aborted ? undefined : waiting.shift();
      if (cell === undefined) return;
      let launch: Launch | null;
      try {
        launch = await launchOf(cell);
      } catch (error) {
        await onEnd?.(cell, { exitCode: null, lastLines: (error as Error).message });
        continue;
      }
      if (launch === null) {
        await onEnd?.(cell, { exitCode: 0, lastLines: '' });
        continue;
      }
      if (betweenSteps?.aborted) return;
      onStart?.(cell);
      let started: RunningCell;
      try {
        started = launcher.start(launch);
      } catch (error) {
        await onEnd?.(cell, { exitCode: null, lastLines: (error as Error).message });
        continue;
      }
      running.add(started);
      const end = await started.end;
      running.delete(started);
      await onEnd?.(cell, end);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    betweenSteps?.removeEventListener('abort', stopAll);
    atOnce?.removeEventListener('abort', stopAll);
  }
}
