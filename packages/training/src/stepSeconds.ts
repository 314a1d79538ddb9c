import { PrivacyLedger } from '@dpquant/accounting';
import { DPTrainer } from './trainer.ts';
import type { DPTrainerOptions } from './trainerTypes.ts';

/** How long the parts of a run take. */
export interface RunSeconds {
  /** Of each step, from end to end, but for the first, which warms up. */
  readonly steps: readonly number[];
  /** Of all its analyses. */
  readonly analyses: number;
}

/**
 * Times a run, which trains its model and is charged to no ledger that is kept: give it made-up or
 * public examples.
 *
 * @param run of a plan with a single epoch
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
