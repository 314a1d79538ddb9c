/** What a launcher is to run. */
export interface Launch {
  /** Name of the cell. */
  readonly cell: string;
  /** Arguments of the program: a command that trains, with its flags. */
  readonly args: readonly string[];
  /** Path of a file for what the program says to people; it is appended to. */
  readonly log: string;
}

/** How a program ended. */
export interface CellEnd {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  /** The last lines that it said; why it could not be started, if so. */
  readonly lastWords: string;
}

/** A run under way. */
export interface RunningCell {
  /** Never rejects. */
  readonly end: Promise<CellEnd>;
  /**
   * Asks the program to end and save its state: the first time after its step, the second time at
   * once.
   */
  stop(): void;
}

/** Starts runs somewhere: as processes of this machine, as jobs of a cluster. */
export interface Launcher {
  start(launch: Launch): RunningCell;
}
