import type { CellSignals, Launcher } from '@dpquant/experiments';
import type { CompareFlags } from '../compare/compareFlags.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Where the runs of a comparison are started: processes of this machine, jobs of a cluster. */
export interface RunPlace {
  readonly launcher: Launcher;
  /** Runs at a time, if `--workers` says nothing. */
  readonly workers: number;
  /** The arguments of the program of a run, as they are understood there. */
  readonly argumentsThere: (args: readonly string[]) => readonly string[];
  /** What computes the runs, for the record; undefined for this machine. */
  readonly machine?: string;
}

/** A kind of place, by the name of `--launcher`. */
export interface LauncherKind {
  /** The flags that only it takes. */
  readonly flags: readonly (keyof CompareFlags)[];
  /**
   * @param out the folder of the comparison, which is there
   *
   * Rejects with UsageError that names the flag.
   */
  open(flags: CompareFlags, out: string, terminal: Terminal): Promise<RunPlace>;
  /** Runs `body` under Ctrl-C and other signals. */
  withSignals<T>(terminal: Terminal, body: (signals: CellSignals) => Promise<T>): Promise<T>;
}
