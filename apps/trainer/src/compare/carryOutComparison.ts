import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { runCells, type CellSignals, type Launcher } from '@dpquant/experiments';
import type { ComparisonRecord } from '@dpquant/report';
import { RunStoreError } from '@dpquant/training';
import { lockFolder } from '@dpquant/training/node';
import { exitCodes } from '../terminal/exitCodes.ts';
import { plural } from '../terminal/plural.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { launchArguments } from './cellResults.ts';
import type { CompareFlags } from './compareFlags.ts';
import { CompareProgress } from './compareProgress.ts';
import { ComparisonInFolder } from './comparisonInFolder.ts';
import { showComparison } from './comparisonOutput.ts';
import type { PlannedComparison } from './plannedComparison.ts';
import { checkRows, rememberingLoader } from './rowChecks.ts';
import { measuredSpeedups } from './rowTiming.ts';

/** What a comparison needs to run. */
export interface ComparisonContext {
  /** The folder of the comparison, which exists and is locked by this process. */
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

/** Milliseconds that the runs of a process that was killed have to save their states and end. */
const longestWait = 20_000;

/**
 * Checks all rows, runs the missing cells, measures how fast the rows run, and shows the results.
 * The record is written whenever a run ends.
 *
 * @throws UsageError before anything is run or written
 */
export async function carryOutComparison(
  planned: PlannedComparison,
  context: ComparisonContext,
): Promise<ComparisonOutcome> {
  const { out, command, terminal, flags } = context;
  const { publicData, timing } = flags;
  const comparison = new ComparisonInFolder(out, planned, { command, publicData });
  const missing = planned.wanted.filter(
    ({ cell }) => comparison.resultOf(cell).state !== 'finished',
  );
  const load = rememberingLoader();
  const oneOfEachRow = new Map(missing.map((run) => [run.cell.row, run]));
  await checkRows([...oneOfEachRow.values()], load, terminal, comparison.configs());
  comparison.write();
  if (missing.length > 0) {
    const workers = Math.min(flags.workers ?? availableParallelism(), missing.length);
    terminal.say(
      `${plural(planned.cells.length, 'run')} of ${plural(planned.rows.length, 'row')} in ${out}: ` +
        `${missing.length} to do, ${workers} at a time${timing ? '; then speeds are measured' : ''}`,
    );
    await runMissing({ missing, workers, score: planned.score }, comparison, context);
  }
  if (timing && !isStopped(context)) await timeRows(planned.baseline, load, comparison, context);
  const record = comparison.write();
  await showComparison(record, out, terminal);
  return { record, isInterrupted: isStopped(context) };
}

function isStopped({ signals }: Pick<ComparisonContext, 'signals'>): boolean {
  return signals.betweenSteps?.aborted ?? false;
}

interface MissingRuns extends Pick<PlannedComparison, 'score'> {
  readonly missing: PlannedComparison['wanted'];
  readonly workers: number;
}

async function runMissing(
  { missing, workers, score }: MissingRuns,
  comparison: ComparisonInFolder,
  { launcher, terminal, signals }: ComparisonContext,
): Promise<void> {
  const progress = new CompareProgress(
    terminal,
    { waiting: missing.map(({ cell }) => cell), ended: comparison.finishedTimes() },
    { folderOf: (cell) => comparison.folderOf(cell), workers, score },
  );
  try {
    await runCells(missing, {
      ...signals,
      launcher,
      workers,
      async launchOf({ cell, args }) {
        const folder = comparison.folderOf(cell);
        const loss = comparison.lossOf(cell);
        if (loss !== null) throw new Error(loss);
        await freeFolder(folder, signals.betweenSteps);
        const toLaunch = launchArguments(folder, args);
        return toLaunch && { cell: cell.cell, args: toLaunch, log: `${folder}.log` };
      },
      onStart: ({ cell }) => progress.onStart(cell),
      onEnd({ cell }, { exitCode, lastLines }) {
        const isAsked = isStopped({ signals }) && exitCode === exitCodes.interrupted;
        const problem = isAsked ? undefined : lastLines || `exit code ${exitCode}`;
        progress.onEnd(cell, comparison.update(cell, problem));
      },
    });
  } finally {
    progress.close();
  }
}

async function timeRows(
  baseline: string,
  load: ReturnType<typeof rememberingLoader>,
  comparison: ComparisonInFolder,
  { terminal, signals }: ComparisonContext,
): Promise<void> {
  const rows = comparison.timedRows();
  // The first is the baseline, if a run of it has ended.
  if (rows[0]?.row !== baseline || rows.every(({ isTimed }) => isTimed)) return;
  const wanted = rows.filter(({ isTimed, row }) => !isTimed || row === baseline);
  try {
    comparison.setSpeedups(await measuredSpeedups(wanted, load, terminal, signals.betweenSteps));
  } catch (error) {
    // A failed measurement of speed does not lose the comparison.
    terminal.say(`warning: the rows are not timed: ${(error as Error).message}`);
  }
}

/** Waits for the run of an earlier comparison that has been killed: it saves its state and ends. */
async function freeFolder(folder: string, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + longestWait;
  while (existsSync(folder) && !signal?.aborted) {
    try {
      await (await lockFolder(folder)).release();
      return;
    } catch (error) {
      if (!(error instanceof RunStoreError) || performance.now() > deadline) throw error;
      await setTimeout(250);
    }
  }
}
