import { startBackend, stopBackends } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import type { Cell } from '@dpquant/experiments';
import { budgetOf } from '../flags/computeBudget.ts';
import { hasSamePublicPart } from '../data/dataIdentity.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { dataFlags } from '../flags/dataFlags.ts';
import { loadChosenData } from '../data/loadChosenData.ts';
import { planTraining, type PlannedTraining } from '../run/plannedTraining.ts';
import { requireUsablePolicy } from '../run/policyAnswers.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { startingModel } from '../models/startingModel.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';
import { optionsOfArguments } from './resolvedRow.ts';

/** Reads each data set once, whatever else the rows differ in. */
export function rememberingLoader(): (options: TrainOptions) => Promise<Dataset> {
  const loaded = new Map<string, Promise<Dataset>>();
  return (options) => {
    const names = ['data', ...Object.keys(dataFlags)] as (keyof TrainOptions)[];
    const key = JSON.stringify(names.map((name) => options[name]));
    const dataset = loaded.get(key) ?? loadChosenData(options);
    loaded.set(key, dataset);
    return dataset;
  };
}

/**
 * Data that have changed since are split otherwise: what was private in the runs that are there
 * would be public in new ones, and the two are not to be compared.
 *
 * @param before of the runs that are there; those that read the data otherwise are left out
 */
export async function requireSameRows(
  { options, split: { validation } }: Pick<PlannedTraining, 'options' | 'split'>,
  before: readonly Pick<RunConfig, 'options' | 'data'>[],
): Promise<void> {
  const names = Object.keys(dataFlags) as (keyof typeof dataFlags)[];
  const readingOf = (some: RunConfig['options']) => JSON.stringify(names.map((name) => some[name]));
  const same = before.filter(({ options: others }) => readingOf(others) === readingOf(options));
  // Most runs use the same data: the slow part is done once.
  for (const data of new Map(same.map(({ data }) => [data.fingerprint, data])).values()) {
    if (await hasSamePublicPart(data, validation)) continue;
    throw new UsageError(
      `data: ${options.data} has not the rows, or not the order, that the runs in this comparison are on; restore ` +
        'the data as they were, or choose another --out',
    );
  }
}

/**
 * Plans a run of each row, makes its model and asks its policy, as `dpquant train` does before it
 * begins: a budget out of reach in the last row is found before the first run.
 *
 * @param runs one of each row
 * @param before of the runs that are there
 * @throws UsageError that names the cell and the flag
 */
export async function checkRows(
  runs: readonly { readonly cell: Cell; readonly args: readonly string[] }[],
  load: (options: TrainOptions) => Promise<Dataset>,
  terminal: Terminal,
  before: readonly RunConfig[],
): Promise<void> {
  if (runs.length === 0) return;
  // Only to make models: what computes the runs is started by them.
  await startBackend('cpu');
  const said = new Set<string>();
  // A warning about the data is the same for all rows.
  const once = (write: (line: string) => void) => (line: string) => {
    if (!said.has(line)) write(line);
    said.add(line);
  };
  const { say, tellOwner } = terminal;
  const first: Terminal = { ...terminal, say: once(say), tellOwner: once(tellOwner) };
  try {
    for (const { cell, args } of runs) {
      try {
        const given = optionsOfArguments(args);
        const planned = await planTraining(given, first, { load, makeModel: startingModel });
        const { options, plan, policy } = planned;
        const { model } = planned.start;
        try {
          await requireSameRows(planned, before);
          requireUsablePolicy(policy, { options, plan, model, budget: budgetOf(options) });
        } finally {
          model.dispose();
        }
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        throw new UsageError(`${cell.cell}: ${error.message}`);
      }
    }
  } finally {
    stopBackends();
  }
}
