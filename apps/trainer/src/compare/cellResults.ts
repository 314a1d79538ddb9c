import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { composed, selfComposed, type PrivacyLedger } from '@dpquant/accounting';
import {
  readCell,
  type CellRecords,
  type CellResult,
  type CellSpending,
  type CellSummary,
} from '@dpquant/experiments';
import { TrainingPlan } from '@dpquant/mechanisms';
import { importedEvent } from '@dpquant/training';
import { parseRunConfig } from '../run/readRunRecords.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { UsageError } from '../flags/usageError.ts';
import { computingFlags } from '../flags/computingOptions.ts';
import { settingName } from '../flags/flags.ts';
import { absoluteOption } from '../flags/optionPaths.ts';
import { optionsOfArguments } from './resolvedRow.ts';

/**
 * The result of the run in a folder so far.
 *
 * @param problem what it said when it failed
 */
export function resultIn(folder: string, problem?: string): CellResult {
  let records: CellRecords;
  try {
    records = readCell(folder);
    const spending = spendingOf(records, folder);
    const { summary } = records;
    return {
      state: summary ? 'finished' : problem === undefined ? 'not finished' : 'failed',
      ...(problem !== undefined && !summary && { problem }),
      ...(summary && { summary: withWholeTime(summary, records, folder) }),
      ...(spending && { spending }),
    };
  } catch (error) {
    // Its ledger is not known, so nothing bounds what it spent.
    return { state: 'failed', problem: (error as Error).message, spending: { own: null } };
  }
}

/** A run that was resumed tells the seconds of its last part, and how fast that was. */
function withWholeTime(summary: CellSummary, { config }: CellRecords, folder: string): CellSummary {
  const { sampleRate, unitCount } = parseRunConfig(config, join(folder, 'config.json')).plan;
  const seconds = (summary.steps * sampleRate * unitCount) / summary.examplesPerSecond;
  return Number.isFinite(seconds) ? { ...summary, seconds } : summary;
}

/**
 * What a run has released: a finished one what its plan may release, which is what it guarantees;
 * another one what is charged.
 */
function spendingOf({ stage, config, ledger }: CellRecords, folder: string): CellSpending | null {
  if (ledger === null) return null;
  const file = join(folder, 'config.json');
  const parsed = config === undefined ? null : parseRunConfig(config, file);
  const plan = parsed && new TrainingPlan(parsed.plan);
  if (ledger.guarantee === 'none' || plan?.guarantee === 'none') return { own: null };
  const own = stage === 'finished' && plan ? plan.totalEvent : chargedEvent(ledger);
  const event = importedEvent(ledger);
  if (event === null) return { own };
  return { own, before: { name: (parsed && earlierRunsOf(parsed)) ?? folder, event } };
}

/** Undefined if an earlier run has no fingerprint: two of equal settings would count as one. */
function earlierRunsOf({ start: { earlierRuns = [], includedRuns = [] } }: RunConfig) {
  const isKnown = includedRuns.length > 0 && earlierRuns.every(({ run }) => run !== undefined);
  return isKnown ? includedRuns.join() : undefined;
}

function chargedEvent({ entries }: PrivacyLedger) {
  const own = entries.filter(({ source }) => source === undefined);
  return composed(own.map(({ event, count }) => selfComposed(event, count)));
}

/**
 * Arguments that begin or go on with the run in a folder; null where it is finished.
 *
 * @throws Error where the run there is another one, or what it spent would be forgotten
 */
export function launchArguments(folder: string, args: readonly string[]): string[] | null {
  const records = readCell(folder);
  requireSameSettings(records, args, folder);
  const out = [`--out=${folder}`];
  if (records.stage === 'finished') return null;
  // Before the first charge nothing is lost, and there may be no checkpoint to go on from.
  const hasSpent = records.ledger?.entries.some(({ source }) => source === undefined) ?? false;
  if (records.stage === 'begun' && hasSpent) return [...args, '--resume', ...out];
  if (hasSpent) {
    throw new Error(
      `${folder}: holds a ledger and no config.json; restore it, or choose another --out, and count what was spent`,
    );
  }
  const isCutOff = existsSync(join(folder, 'ledger.json'));
  return [...args, ...(isCutOff ? ['--force'] : []), ...out];
}

/** Options that are paths, which may have moved. */
const places: ReadonlySet<string> = new Set([
  'data',
  'model',
  'policy',
  'schedule',
  'initWeights',
  'initLedger',
]);
/** Options that each part of a run may have of its own. */
const ofMachine: ReadonlySet<string> = new Set(['threads']);

function requireSameSettings(
  { config }: CellRecords,
  args: readonly string[],
  folder: string,
): void {
  if (config === undefined) return;
  const { options } = parseRunConfig(config, join(folder, 'config.json'));
  const found = options as unknown as Record<string, unknown>;
  const wanted = optionsOfArguments(args) as unknown as Record<string, unknown>;
  for (const name of Object.keys(computingFlags)) {
    const isPath = places.has(name) && absoluteOption(name, wanted[name]) !== wanted[name];
    // Every run has a seed and a unit, given or not.
    if (isPath || ofMachine.has(name) || wanted[name] === undefined) continue;
    if (found[name] === wanted[name]) continue;
    throw new UsageError(
      `${settingName(name)}: the run in ${folder} has ${JSON.stringify(found[name])} and not ${JSON.stringify(wanted[name])}; ` +
        'choose another --out',
    );
  }
}
