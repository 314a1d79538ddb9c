import type { Metric, Outcomes } from '../task.ts';

/** Mean absolute error, over all outputs. */
export const mae: Metric = (outcomes) =>
  meanOverOutputs(outcomes, ({ count, errors }) => sum(errors.map(Math.abs)) / count);

/** Root of the mean squared error of each output, averaged over the outputs. */
export const rmse: Metric = (outcomes) =>
  meanOverOutputs(outcomes, ({ count, errors }) => Math.sqrt(sum(errors.map(square)) / count));

/**
 * Coefficient of determination of each output, averaged over the outputs. For a constant target it
 * is 1 if all predictions are right, and 0 otherwise.
 */
export const r2: Metric = (outcomes) =>
  meanOverOutputs(outcomes, ({ count, errors, targets }) => {
    const mean = sum(targets) / count;
    const spread = sum(targets.map((target) => square(target - mean)));
    const unexplained = sum(errors.map(square));
    if (spread > 0) return 1 - unexplained / spread;
    return unexplained === 0 ? 1 : 0;
  });

interface OneOutput {
  readonly count: number;
  /** Output minus target, of each example. */
  readonly errors: Float64Array;
  readonly targets: Float64Array;
}

function meanOverOutputs(
  { count, outputs, outputLength, targets }: Outcomes,
  figure: (one: OneOutput) => number,
): number {
  if (count === 0) return NaN;
  const column = (values: Float32Array, j: number) =>
    Float64Array.from({ length: count }, (_, i) => values[i * outputLength + j]!);
  let all = 0;
  for (let j = 0; j < outputLength; j++) {
    const wanted = column(targets, j);
    const errors = column(outputs, j).map((output, i) => output - wanted[i]!);
    all += figure({ count, errors, targets: wanted });
  }
  return all / outputLength;
}

const square = (value: number) => value * value;

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
