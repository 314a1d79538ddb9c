import * as tf from '@tensorflow/tfjs-core';

/** Training cannot continue: a released value or a weight is not finite. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
  /** Step in which it was found, from 0. */
  readonly step: number;
  /** Name of the weight. */
  readonly weight: string;

  constructor(what: string, step: number, weight: string) {
    super(
      `step ${step}: the ${what} of "${weight}" is not finite; ` +
        'lower the learning rate or the clip norm',
    );
    this.step = step;
    this.weight = weight;
  }
}

/** @throws DivergenceError for a released value that is not finite */
export function requireFiniteMean(mean: ReadonlyMap<string, Float32Array>, step: number): void {
  for (const [name, values] of mean) {
    if (!areFinite(values)) throw new DivergenceError('released gradient', step, name);
  }
}

function areFinite(values: Float32Array): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators are five times slower
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** @throws DivergenceError for a weight that is not finite after a step */
export async function requireFiniteWeights(
  variables: readonly tf.Variable[],
  step: number,
): Promise<void> {
  for (const variable of variables) {
    const isFinite = tf.tidy(() => tf.all(tf.isFinite(variable)));
    const [answer] = await isFinite.data();
    isFinite.dispose();
    if (!answer) throw new DivergenceError('weight', step, variable.name);
  }
}
