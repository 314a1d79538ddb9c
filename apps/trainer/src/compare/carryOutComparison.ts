import { runCells, type Cell, type CellEnd, type CellSignals } from '@dpquant/experiments';
import type { ComparisonRecord } from '@dpquant/report';
import type { RunPlace } from '../launchers/runPlace.ts';
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
import { freeFolder, summaryProblem } from './sharedFolder.ts';

/** What a comparison needs to run. */
export interface ComparisonContext {
  /** The folder of the comparison, which exists and is locked by this process. */
  readonly out: string;
  readonly flags: CompareFlags;
  /** The command that makes it, for the record. */
  readonly command: string;
  readonly place: RunPlace;
  readonly terminal: Terminal;
  readonly signals: CellSignals;
}

/** How a comparison ended. */
export interface ComparisonOutcome {
  readonly record: ComparisonRecord;
  readonly isInterrupted: boolean;
}

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
  const { out, command, terminal, flags, place } = context;
  const { publicData, timing } = flags;
  const { machine } = place;
  const comparison = new ComparisonInFolder(out, planned, { command, publicData, machine });
  const missing = planned.wanted.filter(
    ({ cell }) => comparison.resultOf(cell).state !== 'finished',
  );
  const load = rememberingLoader();
  const oneOfEachRow = new Map(missing.map((run) => [run.cell.row, run]));
  await checkRows([...oneOfEachRow.values()], load, terminal, comparison.configs());
  comparison.write();
  if (missing.length > 0) {
    const workers = Math.min(flags.workers ?? place.workers, missing.length);
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
  return (signals.betweenSteps?.aborted || signals.leave?.aborted) ?? false;
}

interface MissingRuns extends Pick<PlannedComparison, 'score'> {
  readonly missing: PlannedComparison['wanted'];
  readonly workers: number;
}

async function runMissing(
  { missing, workers, score }: MissingRuns,
  comparison: ComparisonInFolder,
  context: ComparisonContext,
): Promise<void> {
  const { place, terminal, signals, command } = context;
  const { launcher, argumentsThere } = place;
  const folderOf = (cell: Cell) => comparison.folderOf(cell);
  const progress = new CompareProgress(
    terminal,
    { waiting: missing.map(({ cell }) => cell), ended: comparison.finishedTimes() },
    { folderOf, workers, score },
  );
  let leftCount = 0;
  try {
    await runCells(missing, {
      ...{ ...signals, launcher, workers },
      placeOf: ({ cell }) => ({ cell: cell.cell, log: `${folderOf(cell)}.log` }),
      async argumentsOf({ cell, args }) {
        const folder = folderOf(cell);
        const loss = comparison.lossOf(cell);
        if (loss !== null) throw new Error(loss);
        await freeFolder(folder, cell.cell, launcher, stopSignal(signals));
        const toLaunch = launchArguments(folder, args);
        return toLaunch && argumentsThere(toLaunch);
      },
      onStart: ({ cell }) => progress.onStart(cell),
      onLost: ({ cell }, { lastLines }) => {
        terminal.say(`${cell.cell}: ${lastLines}; it is started again and goes on`);
      },
      async onEnd({ cell }, end) {
        if (end.fate === 'left') {
          leftCount++;
          comparison.update(cell, undefined);
          return;
        }
        const problem = await problemOf(end, folderOf(cell), context);
        progress.onEnd(cell, comparison.update(cell, problem));
      },
    });
  } finally {
    progress.close();
  }
  if (!signals.leave?.aborted) return;
  terminal.say(
    `${plural(leftCount, 'job')} go on without this process; the same command goes on watching: ${command}`,
  );
}

/** What is wrong with the end of a run; undefined for one that was asked to end. */
async function problemOf(
  { exitCode, lastLines, fate }: CellEnd,
  folder: string,
  context: ComparisonContext,
): Promise<string | undefined> {
  const isAsked = exitCode === exitCodes.interrupted || fate === 'lost';
  if (isStopped(context) && isAsked) return undefined;
  const isElsewhere = context.place.launcher.find !== undefined;
  if (exitCode === 0 && isElsewhere) return summaryProblem(folder);
  return lastLines || `exit code ${exitCode}`;
}

/** Whichever comes first. */
function stopSignal({ betweenSteps, leave }: CellSignals): AbortSignal {
  return AbortSignal.any([betweenSteps, leave].flatMap((signal) => signal ?? []));
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
    comparison.setSpeedups(await measuredSpeedups(wanted, load, terminal, stopSignal(signals)));
  } catch (error) {
    // A failed measurement of speed does not lose the comparison.
    terminal.say(`warning: the rows are not timed: ${(error as Error).message}`);
  }
}
