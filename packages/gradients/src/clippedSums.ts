import { gridFactors } from '@dpquant/mechanisms';
import type { SummableWeight } from './perExampleGradients.ts';

/** Weights that are clipped together, with the clipping factor of each unit. */
export interface ClippedPart {
  readonly scope: readonly SummableWeight[];
  /** Factors of a clipping rule, one per unit; 0 for a unit that is left out. */
  readonly factors: Float32Array;
}

/** The clipped sums by weight name, as whole numbers of grid units. */
export async function roundedSums(
  parts: readonly ClippedPart[],
  clipNorm: number,
): Promise<Map<string, Int32Array>> {
  const dimension = parts
    .flatMap(({ scope }) => scope)
    .reduce((sum, { variable }) => sum + variable.size, 0);
  const onGrid = parts.map(({ scope, factors }) => ({
    scope,
    factors: gridFactors(factors, clipNorm, dimension),
  }));
  return byName(onGrid, (weight, factors) => weight.roundedSum(factors));
}

/**
 * The clipped sums by weight name, as real values in float32.
 *
 * @param keep 0 for the units whose gradients are not finite; null if all are
 */
export async function plainSums(
  parts: readonly ClippedPart[],
  keep: Uint8Array | null,
): Promise<Map<string, Float32Array>> {
  return byName(parts, async (weight, factors) => {
    const sum = weight.weightedSum(factors, keep);
    const values = await sum.data<'float32'>();
    sum.dispose();
    return values;
  });
}

/** Starts all sums before it awaits the first, so that the device is never idle. */
async function byName<T>(
  parts: readonly ClippedPart[],
  sumOf: (weight: SummableWeight, factors: Float32Array) => Promise<T>,
): Promise<Map<string, T>> {
  const sums = parts.flatMap(({ scope, factors }) =>
    scope.map(async (weight) => [weight.variable.name, await sumOf(weight, factors)] as const),
  );
  return new Map(await Promise.all(sums));
}
