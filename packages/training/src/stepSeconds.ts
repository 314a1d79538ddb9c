import { PrivacyLedger } from '@dpquant/accounting';
import { DPTrainer } from './trainer.ts';
import type { DPTrainerOptions } from './trainerTypes.ts';

/** How long the parts of a run take, in seconds. */
export interface RunSeconds {
  /** Of each step, from end to end, without the first step, which warms up. */
  readonly steps: readonly number[];
  /** Of all its analyses together. */
  readonly analyses: number;
}

/**
 * Times a run. It trains its model, and its charges are not kept: use synthetic or public examples.
 *
 * @param run parts of a run whose plan has a single epoch
 */
export async function stepSeconds(
  run: Omit<DPTrainerOptions, 'ledger' | 'callbacks'>,
): Promise<RunSeconds> {
  const steps: number[] = [];
  let last = 0;
  const trainer = new DPTrainer({
    ...run,
    ledger: new PrivacyLedger({ guarantee: run.plan.guarantee }),
    callbacks: {
      onEpochBegin: () => void (last = performance.now()),
      onStepEnd() {
        const now = performance.now();
        steps.push((now - last) / 1000);
        last = now;
      },
    },
  });
  const { analyses } = await trainer.run();
  return { steps: steps.slice(1), analyses: analyses.seconds };
}
