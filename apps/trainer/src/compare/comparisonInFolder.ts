import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import {
  comparisonRecord,
  readRecord,
  writeRecord,
  type Cell,
  type CellResult,
} from '@dpquant/experiments';
import type { ComparisonRecord } from '@dpquant/report';
import { runConfigIn } from '../run/readRunRecords.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { versions } from '../terminal/versions.ts';
import { resultIn } from './cellResults.ts';
import type { PlannedComparison } from './plannedComparison.ts';

/** What the record of a comparison says beside its runs. */
export interface ComparisonNotes {
  /** The command that makes it; those of earlier calls are kept. */
  readonly command?: string;
  readonly publicData?: boolean | undefined;
  /** What computes the runs; this machine if nothing is said. */
  readonly machine?: string | undefined;
}

/** The results of the runs in the folder of a comparison, and the record made from them. */
export class ComparisonInFolder {
  readonly #folder: string;
  readonly #planned: Omit<PlannedComparison, 'wanted' | 'resolved'>;
  readonly #notes: ComparisonNotes;
  readonly #before: ComparisonRecord | null;
  readonly #results = new Map<string, CellResult>();
  readonly #speedups: Map<string, number>;

  constructor(
    folder: string,
    planned: Omit<PlannedComparison, 'wanted' | 'resolved'>,
    notes: ComparisonNotes = {},
  ) {
    this.#folder = folder;
    this.#planned = planned;
    this.#notes = notes;
    this.#before = readRecord(folder);
    const problems = new Map(this.#before?.runs.map(({ cell, problem }) => [cell, problem]));
    for (const cell of planned.cells) {
      this.#results.set(cell.cell, this.#resultIn(cell, problems.get(cell.cell)));
    }
    this.#speedups = speedupsOver(planned.baseline, this.#before?.table ?? []);
  }

  /** The folder of a run. */
  folderOf({ cell }: Pick<Cell, 'cell'>): string {
    return join(this.#folder, 'runs', cell);
  }

  resultOf({ cell }: Pick<Cell, 'cell'>): CellResult {
    return this.#results.get(cell)!;
  }

  /**
   * What keeps a run from being made anew: its folder is gone, with what it spent. Null where
   * nothing does.
   */
  lossOf(cell: Cell): string | null {
    const known = this.#before?.runs.find((run) => run.cell === cell.cell);
    const hasSpent = known?.hasSpent ?? known?.state === 'finished';
    const folder = this.folderOf(cell);
    const hasNoBound = this.#isDataPublic || this.#planned.hasInsecureSeeds;
    if (!hasSpent || hasNoBound || resultIn(folder).spending) return null;
    return `${folder}: is gone, so that what the run spent is not known; restore it, or choose another --out`;
  }

  /** States of the runs that have started. */
  configs(): RunConfig[] {
    const known = this.#planned.cells.filter((cell) => this.resultOf(cell).spending);
    return known.flatMap((cell) => configIn(this.folderOf(cell)) ?? []);
  }

  /** Seconds of each finished run. */
  finishedTimes(): { row: string; seconds: number }[] {
    return this.#planned.cells.flatMap((cell) => {
      const { summary } = this.resultOf(cell);
      return summary ? [{ row: cell.row, seconds: summary.seconds }] : [];
    });
  }

  /** Reads the result of a run that has ended, and writes the record. */
  update(cell: Cell, problem: string | undefined): CellResult {
    const result = this.#resultIn(cell, problem);
    this.#results.set(cell.cell, result);
    this.write();
    return result;
  }

  /** Rows with finished runs, the baseline first, and whether their speed-up is known. */
  timedRows(): readonly { row: string; folders: readonly string[]; isTimed: boolean }[] {
    const { rows, cells, baseline } = this.#planned;
    const timed = rows.map(({ row }) => ({
      row,
      folders: cells
        .filter((cell) => cell.row === row && this.resultOf(cell).state === 'finished')
        .map((cell) => this.folderOf(cell)),
      isTimed: this.#speedups.has(row),
    }));
    const isFirst = ({ row }: { row: string }) => row === baseline;
    return [...timed.filter(isFirst), ...timed.filter((row) => !isFirst(row))].filter(
      ({ folders }) => folders.length > 0,
    );
  }

  setSpeedups(speedups: ReadonlyMap<string, number>): void {
    for (const [row, speedup] of speedups) this.#speedups.set(row, speedup);
    this.write();
  }

  write(): ComparisonRecord {
    const record = this.record();
    writeRecord(this.#folder, record);
    return record;
  }

  record(): ComparisonRecord {
    const { command } = this.#notes;
    const before = this.#before;
    const commands = [...(before?.command.split('\n') ?? []), command ?? ''].filter(Boolean);
    return comparisonRecord(
      {
        ...this.#planned,
        command: [...new Set(commands)].join('\n'),
        isDataPublic: this.#isDataPublic,
        measuredSpeedups: this.#speedups,
        versions: versions(),
        machine: this.#notes.machine ?? machine(),
      },
      (cell) => this.resultOf(cell),
    );
  }

  get #isDataPublic(): boolean {
    return this.#notes.publicData ?? this.#before?.guarantee === 'public data';
  }

  #resultIn(cell: Cell, problem: string | undefined): CellResult {
    const loss = this.lossOf(cell);
    if (loss !== null) return { state: 'failed', problem: loss, spending: { own: null } };
    return resultIn(this.folderOf(cell), problem);
  }
}

/** Null if the record is damaged; the run itself says so. */
function configIn(folder: string): RunConfig | null {
  try {
    return runConfigIn(folder);
  } catch {
    return null;
  }
}

/** Measured speed-ups of a record, over another baseline perhaps. */
function speedupsOver(baseline: string, table: ComparisonRecord['table']): Map<string, number> {
  const reference = table.find(({ row }) => row === baseline)?.measuredSpeedup;
  if (reference == null) return new Map();
  return new Map(
    table.flatMap(({ row, measuredSpeedup }) =>
      measuredSpeedup === null ? [] : [[row, measuredSpeedup / reference] as const],
    ),
  );
}

function machine(): string {
  const [first] = cpus();
  return `${availableParallelism()} × ${first?.model ?? process.arch}, ${process.platform}`;
}
