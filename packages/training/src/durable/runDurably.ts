import type { RunSignals } from '../trainerTypes.ts';
import { withExclusiveModel } from '../exclusiveModel.ts';
import { DurableRun } from './durableRun.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunReporter } from './runReporter.ts';
import { newStart, storedStart } from './runStart.ts';
import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';
import type { DurableOutcome } from './runSummary.ts';
import { withExclusiveStore } from './exclusiveStore.ts';

/**
 * A private training run that survives crashes. It starts in an empty store, and resumes from the
 * latest checkpoint in any other.
 *
 * - Each step and analysis is charged, durably, before anything is computed from its examples. A
 *   step cut off by a crash stays charged, and is charged again when it is repeated. Only a run
 *   with an insecure seed, which repeats itself exactly, is charged once.
 * - A checkpoint is saved at the beginning, after each epoch and at the end, also after a signal, a
 *   divergence or an error of the policy.
 * - A record is written of each decision of the schedule before its first step (`schedule`: layers
 *   and formats, loss impacts), and of each epoch at its end (`metrics`: accuracy, ε). A resumed
 *   run writes again the records that come after its checkpoint.
 * - At the end the store holds the summary and the model, with averaged weights if there are any.
 *
 * Everything stored or reported is within the guarantee, except the times, which reveal how many
 * examples were drawn.
 *
 * @param store open for writing
 * @returns how the run ended; the model then has the weights of that moment
 * @throws Error, before anything is charged, if parts do not fit together or do not fit the stored
 *   run
 * @throws DivergenceError or SourceError after saving the state of the last finished step
 * @throws what `reporter` throws, once the charged step is finished and saved
 */
export async function runDurably(
  store: RunStore,
  parts: DurableRunParts,
  reporter: RunReporter = {},
  signals: RunSignals = {},
): Promise<DurableOutcome> {
  const work = () => startOrResume(store, parts, reporter, signals);
  return withExclusiveStore(store, () => withExclusiveModel(parts.model, work));
}

async function startOrResume(
  store: RunStore,
  parts: DurableRunParts,
  reporter: RunReporter,
  signals: RunSignals,
): Promise<DurableOutcome> {
  const stage = await store.stage();
  if (stage === 'finished') {
    throw new RunStoreError(`${store.name}: the run is finished; start a new one elsewhere`);
  }
  if (stage === 'empty' && (await store.readCheckpoint())) {
    throw new RunStoreError(
      `${store.name}: holds a checkpoint and no run, so that what was spent is not known; restore a complete copy, or ` +
        'start in an empty store',
    );
  }
  const start = stage === 'empty' ? newStart(parts) : await storedStart(store, parts);
  const run = new DurableRun(store, parts, reporter, start);
  if (stage === 'empty') await store.begin(start.ledger, parts.config ?? defaultConfig(parts));
  await run.prepare();
  await run.report(stage === 'begun');
  const { stopped, problem } = await run.train(signals);
  const end = await run.end(stopped);
  run.requireReported();
  return { ...end, ...(problem && { problem }) };
}

/** Content of `config.json` by default. */
function defaultConfig({ plan, seed, delta, schedule }: DurableRunParts): object {
  const { interval } = schedule;
  return { plan, seed, delta, ...(interval !== undefined && { scheduleInterval: interval }) };
}
