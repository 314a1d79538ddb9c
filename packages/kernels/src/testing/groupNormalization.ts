import * as tf from '@tensorflow/tfjs-core';
import { normal } from './normal.ts';

/** A shape [n, …, channels] to normalize. */
export interface NormalizationCase {
  readonly shape: number[];
  readonly groups: number;
  readonly epsilon: number;
}

export interface NormalizationValues {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

export function valuesOf({ shape }: NormalizationCase, offset = 0): NormalizationValues {
  const size = tf.util.sizeFromShape(shape);
  const channels = shape.at(-1)!;
  return {
    x: normal(size, 1).map((x) => x + offset),
    dy: normal(size, 2),
    gamma: normal(channels, 3),
    beta: normal(channels, 4),
  };
}

/** y, dx and the gradients of gamma and beta of each example by plain loops in float64. */
export function normalizationOracle(
  { shape, groups, epsilon }: NormalizationCase,
  { x, dy, gamma, beta }: NormalizationValues,
): number[][] {
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  const positions = x.length / (n * channels);
  const size = channels / groups;
  const [y, dx] = [new Array<number>(x.length), new Array<number>(x.length)];
  const dGamma = new Array<number>(n * channels).fill(0);
  const dBeta = new Array<number>(n * channels).fill(0);
  for (let group = 0; group < n * groups; group++) {
    const example = Math.floor(group / groups);
    const first = (group % groups) * size;
    const places: [number, number][] = [];
    for (let position = 0; position < positions; position++) {
      for (let channel = first; channel < first + size; channel++) {
        places.push([(example * positions + position) * channels + channel, channel]);
      }
    }
    const mean = places.reduce((sum, [i]) => sum + x[i]!, 0) / places.length;
    const variance = places.reduce((sum, [i]) => sum + (x[i]! - mean) ** 2, 0) / places.length;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    const [ofDy, ofProduct] = [0, 1].map(
      (power) =>
        places.reduce(
          (sum, [i, c]) => sum + gamma[c]! * dy[i]! * ((x[i]! - mean) * inverse) ** power,
          0,
        ) / places.length,
    ) as [number, number];
    for (const [i, c] of places) {
      const normalized = (x[i]! - mean) * inverse;
      y[i] = gamma[c]! * normalized + beta[c]!;
      dx[i] = (gamma[c]! * dy[i]! - ofDy - normalized * ofProduct) * inverse;
      dGamma[example * channels + c]! += dy[i]! * normalized;
      dBeta[example * channels + c]! += dy[i]!;
    }
  }
  return [y, dx, dGamma, dBeta];
}

/** Largest difference divided by the largest value. */
export function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let [difference, size] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!);
    if (!(error <= difference)) difference = error;
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return difference === 0 ? 0 : difference / size;
}

export const normalizationCases: NormalizationCase[] = [
  { shape: [3, 5, 7, 8], groups: 2, epsilon: 1e-5 },
  { shape: [2, 13, 12, 16], groups: 4, epsilon: 1e-5 },
  { shape: [2, 3, 4, 6], groups: 3, epsilon: 1e-3 },
  { shape: [2, 3, 4, 6], groups: 6, epsilon: 1e-5 },
  { shape: [1, 9, 7], groups: 1, epsilon: 1e-5 },
  { shape: [4, 5, 1], groups: 1, epsilon: 1e-5 },
  { shape: [3, 12], groups: 4, epsilon: 1e-5 },
  { shape: [2, 2, 2, 22], groups: 2, epsilon: 1e-5 },
];
