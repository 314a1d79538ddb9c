import { availableParallelism, cpus } from 'node:os';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  comparisonRecord,
  readRecord,
  runCells,
  writeRecord,
  type Cell,
  type CellResult,
  type CellSignals,
  type Launcher,
} from '@dpquant/experiments';
import type { ComparisonRecord } from '@dpquant/report';
import { computingFlags } from '../computingOptions.ts';
import type { Terminal } from '../terminal.ts';
import { versions } from '../versions.ts';
import { launchArguments, resultIn } from './cellResults.ts';
import type { CompareFlags } from './compareFlags.ts';
import { CompareProgress } from './compareProgress.ts';
import { comparisonLines } from './comparisonTable.ts';
import type { PlannedComparison } from './plannedComparison.ts';

/** What a comparison is carried out with. */
export interface ComparisonContext {
  /** The folder of the comparison. */
  readonly out: string;
  readonly flags: CompareFlags;
  /** The command that makes it, for the record. */
  readonly command: string;
  readonly launcher: Launcher;
  readonly terminal: Terminal;
  readonly signals: CellSignals;
}

/** How a comparison ended. */
export interface ComparisonOutcome {
  readonly record: ComparisonRecord;
  readonly isInterrupted: boolean;
}

/** Runs what is missing, writes the record whenever a run ends, and shows the table. */
export async function carryOutComparison(
  planned: PlannedComparison,
  { out, flags, command, launcher, terminal, signals }: ComparisonContext,
): Promise<ComparisonOutcome> {
  const comparison = new ComparisonInFolder(out, planned, flags, command);
  const missing = planned.wanted.filter(
    ({ cell }) => comparison.resultOf(cell).state !== 'finished',
  );
  mkdirSync(out, { recursive: true });
  comparison.write();
  const workers = Math.min(flags.workers ?? availableParallelism(), Math.max(1, missing.length));
  const finished = planned.cells.flatMap(({ row, cell }) => {
    const { summary } = comparison.results.get(cell)!;
    return summary ? [{ row, seconds: summary.seconds }] : [];
  });
  terminal.say(
    `${planned.cells.length} runs of ${planned.rows.length} rows in ${out}: ${missing.length} to do, ` +
      `${workers} at a time`,
  );
  const progress = new CompareProgress(
    terminal,
    { waiting: missing.map(({ cell }) => cell), ended: finished },
    { folderOf: comparison.folderOf, workers },
  );
  try {
    await runCells(missing, {
      ...signals,
      launcher,
      workers,
      launchOf({ cell, args }) {
        const folder = comparison.folderOf(cell);
        const toLaunch = launchArguments(folder, args);
        return toLaunch && { cell: cell.cell, args: toLaunch, log: `${folder}.log` };
      },
      onStart: ({ cell }) => progress.onStart(cell),
      onEnd({ cell }, { exitCode, lastWords }) {
        const isStopped = signals.betweenSteps?.aborted && exitCode === 130;
        const problem = isStopped ? undefined : lastWords || `exit code ${exitCode}`;
        progress.onEnd(cell, comparison.update(cell, problem));
      },
    });
  } finally {
    progress.close();
  }
  const record = comparison.write();
  for (const line of comparisonLines(record)) terminal.say(line);
  for (const { cell, state, problem } of record.runs) {
    if (state === 'failed') terminal.say(`${cell} failed: ${problem}`);
  }
  return { record, isInterrupted: signals.betweenSteps?.aborted ?? false };
}

/** The results of the cells, read from their folders, and the record that is made of them. */
class ComparisonInFolder {
  readonly results = new Map<string, CellResult>();
  readonly #out: string;
  readonly #planned: PlannedComparison;
  readonly #flags: CompareFlags;
  readonly #command: string;
  readonly #before: ComparisonRecord | null;

  constructor(out: string, planned: PlannedComparison, flags: CompareFlags, command: string) {
    this.#out = out;
    this.#planned = planned;
    this.#flags = flags;
    this.#command = command;
    this.#before = readRecord(out);
    const problems = new Map(this.#before?.runs.map(({ cell, problem }) => [cell, problem]));
    for (const cell of planned.cells) {
      this.results.set(cell.cell, resultIn(this.folderOf(cell), problems.get(cell.cell)));
    }
  }

  readonly folderOf = ({ cell }: Pick<Cell, 'cell'>) => join(this.#out, 'runs', cell);

  resultOf(cell: Cell): CellResult {
    return this.results.get(cell.cell)!;
  }

  update(cell: Cell, problem: string | undefined): CellResult {
    const result = resultIn(this.folderOf(cell), problem);
    this.results.set(cell.cell, result);
    this.write();
    return result;
  }

  write(): ComparisonRecord {
    const { shared, seeds, splitSeed, rows, cells, baseline } = this.#planned;
    const { publicData, insecureSeeds } = this.#flags;
    const before = this.#before;
    const commands = [...(before?.command.split('\n') ?? []), this.#command];
    const record = comparisonRecord(
      {
        command: [...new Set(commands)].join('\n'),
        ...{ shared, seeds, splitSeed, rows, cells, baseline },
        delta: (shared['delta'] as number | undefined) ?? (computingFlags.delta.value as number),
        isDataPublic: publicData ?? before?.guarantee === 'public data',
        hasInsecureSeeds: insecureSeeds ?? before?.hasInsecureSeeds ?? false,
        versions: versions(),
        machine: machine(),
      },
      (cell) => this.resultOf(cell),
    );
    writeRecord(this.#out, record);
    return record;
  }
}

function machine(): string {
  const [first] = cpus();
  return `${availableParallelism()} × ${first?.model ?? process.arch}, ${process.platform}`;
}
