import { startBackend, stopBackends } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import type { Cell } from '@dpquant/experiments';
import { budgetOf } from '../computeBudget.ts';
import type { TrainOptions } from '../computingOptions.ts';
import { dataFlags } from '../dataFlags.ts';
import { loadDataSet } from '../dataSets.ts';
import { planTraining } from '../plannedTraining.ts';
import { requireUsablePolicy } from '../policyAnswers.ts';
import { startingModel } from '../startingModel.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usageError.ts';
import { optionsOfArguments } from './resolvedRow.ts';

/** Reads each data set once, whatever else the rows differ in. */
export function rememberingLoader(): (options: TrainOptions) => Promise<Dataset> {
  const loaded = new Map<string, Promise<Dataset>>();
  return (options) => {
    const names = ['data', ...Object.keys(dataFlags)] as (keyof TrainOptions)[];
    const key = JSON.stringify(names.map((name) => options[name]));
    const dataset = loaded.get(key) ?? loadDataSet(options);
    loaded.set(key, dataset);
    return dataset;
  };
}

/**
 * Plans a run of each row, makes its model and asks its policy, as `dpquant train` does before it
 * begins: a budget out of reach in the last row is found before the first run.
 *
 * @param runs one of each row
 * @throws UsageError that names the cell and the flag
 */
export async function checkRows(
  runs: readonly { readonly cell: Cell; readonly args: readonly string[] }[],
  load: (options: TrainOptions) => Promise<Dataset>,
  terminal: Terminal,
): Promise<void> {
  if (runs.length === 0) return;
  // Only to make models: what computes the runs is started by them.
  await startBackend('cpu');
  const said = new Set<string>();
  // A warning about the data is the same for all rows.
  const once: Terminal = {
    ...terminal,
    say(line) {
      if (!said.has(line)) terminal.say(line);
      said.add(line);
    },
  };
  try {
    for (const { cell, args } of runs) {
      try {
        const given = optionsOfArguments(args);
        const { options, plan, policy, split } = await planTraining(given, once, load);
        const { model } = await startingModel(options, split.training);
        try {
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
