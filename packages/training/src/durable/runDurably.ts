import type { RunSignals } from '../trainerTypes.ts';
import { asSoleUser } from '../modelInUse.ts';
import { DurableRun } from './durableRun.ts';
import type { DurableRunParts } from './runParts.ts';
import type { RunReporter } from './runReporter.ts';
import { newStart, storedStart } from './runStart.ts';
import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';
import type { DurableOutcome } from './runSummary.ts';
import { asSoleRun } from './soleRun.ts';

/**
 * A private training run that survives crashes: begins in an empty store, goes on from the latest
 * checkpoint in any other.
 *
 * - Each step and analysis is charged, durably, before anything is computed from its examples; what
 *   a crash cuts off stays charged, and is charged again when it is done again. Only a run under an
 *   insecure seed, which repeats itself exactly, is charged once.
 * - A checkpoint is saved at the beginning, after each epoch and at the end, whatever ends it: a
 *   signal, divergence, an error of the policy.
 * - A record is written of each decision of the schedule (`schedule`: layers and formats, loss
 *   impacts), before its first step, and of each epoch at its end (`metrics`: accuracy, ε); a run
 *   that goes on writes those again that its checkpoint lacks.
 * - At its end the store holds the model, with averaged weights where there are any, and the
 *   summary.
 *
 * Nothing that is stored or reported is outside of the guarantee but the times, which tell how many
 * examples were drawn.
 *
 * @param store open for writing
 * @returns how the run ended; the model then has the weights of that moment
 * @throws Error, before anything is charged, where parts do not fit together or to the stored run
 * @throws DivergenceError with the state of the step before saved
 * @throws what `reporter` throws, once the step that was charged is done and saved
 */
export async function runDurably(
  store: RunStore,
  parts: DurableRunParts,
  reporter: RunReporter = {},
  signals: RunSignals = {},
): Promise<DurableOutcome> {
  const work = () => beginOrGoOn(store, parts, reporter, signals);
  return asSoleRun(store, () => asSoleUser(parts.model, work));
}

async function beginOrGoOn(
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
      `${store.name}: holds a checkpoint and no run; what was spent on it is not known: restore a copy of all of it, or ` +
        'begin in an empty one',
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

/** What a run was begun with, where nobody says what to keep of that. */
function defaultConfig({ plan, seed, delta, schedule }: DurableRunParts): object {
  const { interval } = schedule;
  return { plan, seed, delta, ...(interval !== undefined && { scheduleInterval: interval }) };
}
