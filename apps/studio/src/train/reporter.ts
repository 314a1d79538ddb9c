import type { RunReporter } from '@dpquant/training';
import type { IndexedDbRun } from '@dpquant/training/browser';
import type { Message } from './messages.ts';

/** Milliseconds from one ε by label to the next: it takes tens of milliseconds to find. */
const spendingInterval = 3000;

/** Tells the page how a run goes: public values, and those that are released. */
export function reporterOf(
  store: IndexedDbRun,
  delta: number,
  say: (message: Message) => void,
): RunReporter {
  let due = 0;
  const spent = async () => {
    due = performance.now() + spendingInterval;
    return (await store.readLedger()).spending(delta);
  };
  return {
    onBegin({ resumed, firstStep, lostSteps, plan, layers }) {
      const { steps, stepsPerEpoch } = plan;
      const ofLayers = layers.map(({ name, multiplyAccumulates }) => ({
        name,
        multiplyAccumulates,
      }));
      const place = { resumed, steps, firstStep, stepsPerEpoch, lostSteps };
      say({ kind: 'begin', ...place, layers: ofLayers });
    },
    onDecision({ epoch, assignment, probabilities }) {
      say({
        kind: 'decision',
        epoch,
        formats: Object.fromEntries(assignment),
        probabilities: probabilities && Object.fromEntries(probabilities),
      });
    },
    onAnalysis({ smoothed }) {
      say({ kind: 'impacts', impacts: Object.fromEntries(smoothed) });
    },
    async onStepEnd({ steps, epoch, examplesPerSecond }) {
      const spending = performance.now() >= due ? { spent: await spent() } : {};
      say({ kind: 'step', steps, epoch, examplesPerSecond, ...spending });
    },
    onEpochEnd({ epoch, epsilon, validationAccuracy }) {
      say({ kind: 'epoch', epoch, epsilon, accuracy: validationAccuracy });
    },
  };
}
