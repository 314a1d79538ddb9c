/** A cell, and its log file. */
export interface CellPlace {
  /** Name of the cell. */
  readonly cell: string;
  /** Path of the log file, to which the program's messages are appended. */
  readonly log: string;
}

/** A program to run. */
export interface Launch extends CellPlace {
  /** Arguments of the program: a training command with its flags. */
  readonly args: readonly string[];
}

/** How a program ended. */
export interface CellEnd {
  /** Null if a signal ended it, or if the code is unknown. */
  readonly exitCode: number | null;
  /** The last lines of its log, or why it could not be started. */
  readonly lastLines: string;
  /**
   * `lost`: it was ended from outside (node gone, killed) and can be started again. `no room`: it
   * never started, because other runs of the launcher used all resources for too long. `left`: it
   * continues, and is no longer watched.
   */
  readonly fate?: 'lost' | 'no room' | 'left';
}

/** A running program. */
export interface RunningCell {
  /** Never rejects. */
  readonly end: Promise<CellEnd>;
  /**
   * Asks the program to save its state and end: the first call after the current step, the second
   * call at once.
   */
  stop(): void;
  /** Stops watching and leaves the program running; missing if the program cannot outlive us. */
  leave?(): void;
}

/**
 * Starts runs, for example as processes of this machine or jobs of a cluster. A launcher whose runs
 * continue without the process that started them also has `find` and `isJobOf`.
 */
export interface Launcher {
  start(launch: Launch): RunningCell;
  /**
   * The run of a cell that an earlier process started and that has not ended; null if there is
   * none.
   *
   * Rejects if this cannot be found out, since a cell must not run twice at the same time, and when
   * the signal is aborted.
   */
  find?(place: CellPlace, signal?: AbortSignal): Promise<RunningCell | null>;
  /**
   * Whether a job with this name belongs to a cell. After `find` has returned null, all jobs of the
   * cell have ended.
   */
  isJobOf?(job: string, cell: string): boolean;
}
