import { decisionName } from './decisions.ts';
import { describeValue } from './describeValue.ts';
import { requireKnownLayers } from './requireKnownLayers.ts';
import type { ScheduleContext } from './policy.ts';

/**
 * Checks what a policy's `probabilities` returned. Returns a copy with all layers in their order, 0
 * for those left out; null stays null.
 *
 * @throws TypeError for anything but null and a Map of numbers
 * @throws RangeError for a layer that the model does not have, or a number outside [0, 1]
 */
export function checkProbabilities(
  probabilities: unknown,
  context: Pick<ScheduleContext, 'layers' | 'epoch' | 'step' | 'interval' | 'stepsPerEpoch'>,
  { policy = 'policy' }: { readonly policy?: string } = {},
): ReadonlyMap<string, number> | null {
  if (probabilities === null) return null;
  const where = `${policy}, ${decisionName(context)}`;
  if (!(probabilities instanceof Map)) {
    throw new TypeError(
      `${where}: expected probabilities() to return null or a Map from layer names to numbers, ` +
        `got ${describeValue(probabilities)}`,
    );
  }
  const entries = probabilities as ReadonlyMap<string, unknown>;
  requireKnownLayers(where, entries.keys(), context.layers);
  const checked = context.layers.map(({ name }): [string, number] => {
    const probability = entries.has(name) ? entries.get(name) : 0;
    if (typeof probability === 'number' && probability >= 0 && probability <= 1) {
      return [name, probability];
    }
    const message =
      `${where}: layer '${name}': expected a probability from 0 to 1, got ` +
      (typeof probability === 'number' ? String(probability) : describeValue(probability));
    throw typeof probability === 'number' ? new RangeError(message) : new TypeError(message);
  });
  return new Map(checked);
}
