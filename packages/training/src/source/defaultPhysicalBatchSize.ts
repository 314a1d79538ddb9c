import type * as tfl from '@tensorflow/tfjs-layers';

/** More examples at a time bring no gain, as measured (docs/benchmarks.md). */
const mostExamples = 256;
/** With fewer, the per-batch passes over the weights are a large part of a step. */
const fewestExamples = 64;
/** 32 MB of layer outputs. */
const mostOutputs = 2 ** 23;
/** Sizes are multiples of this: some kernels of TensorFlow.js are slower for other sizes. */
const granularity = 8;

/** Public quantities that determine how many rows a step draws. */
export interface PlannedDraw {
  readonly unitCount: number;
  readonly sampleRate: number;
}

/**
 * Default number of examples computed at a time: 256 for a small network, fewer for a larger one to
 * limit memory, and such that a draw of the expected size fills whole physical batches. It depends
 * on public quantities only.
 */
export function defaultPhysicalBatchSize(
  model: tfl.LayersModel,
  { unitCount, sampleRate }: PlannedDraw,
  rowsPerUnit = 1,
): number {
  const affordable = Math.floor(mostOutputs / outputsOfExample(model));
  const most = Math.min(mostExamples, Math.max(fewestExamples, affordable));
  const units = sampleRate * unitCount;
  // A Poisson draw is rarely larger by more than two standard deviations.
  const rows = (units + 2 * Math.sqrt(units * (1 - sampleRate))) * rowsPerUnit;
  const batches = Math.max(1, Math.ceil(rows / most));
  return granularity * Math.max(1, Math.ceil(rows / batches / granularity));
}

/**
 * Number of values that all layers output for one example; an axis without a fixed length counts as
 * 1.
 */
function outputsOfExample({ layers }: tfl.LayersModel): number {
  const shapes = layers.flatMap(({ outputShape }) => outputShapes(outputShape));
  const sizes = shapes.map(([, ...axes]) =>
    axes.reduce<number>((size, axis) => size * (axis ?? 1), 1),
  );
  return Math.max(
    1,
    sizes.reduce((sum, size) => sum + size, 0),
  );
}

type Shape = (number | null)[];

function outputShapes(shapes: Shape | Shape[]): Shape[] {
  return Array.isArray(shapes[0]) ? (shapes as Shape[]) : [shapes as Shape];
}
