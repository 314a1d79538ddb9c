/** A program to run. */
export interface Launch {
  /** Name of the cell. */
  readonly cell: string;
  /** Arguments of the program: a training command with its flags. */
  readonly args: readonly string[];
  /** Path of the log file, to which the program's messages are appended. */
  readonly log: string;
}

/** How a program ended. */
export interface CellEnd {
  /** Null if a signal ended it. */
  readonly exitCode: number | null;
  /** The last lines of its log, or why it could not be started. */
  readonly lastLines: string;
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
}

/** Starts runs, for example as processes of this machine or jobs of a cluster. */
export interface Launcher {
  start(launch: Launch): RunningCell;
}
