import type * as tfl from '@tensorflow/tfjs-layers';

/** From here on more examples at a time gain nothing, as measured (docs/benchmarks.md). */
const mostExamples = 256;
/** Fewer make the passes over the weights, one a physical batch, a large part of a step. */
const fewestExamples = 64;
/** 32 MB of layer outputs. */
const mostOutputs = 2 ** 23;
/** Sizes are multiples of it: some kernels of TensorFlow.js take other ways below. */
const granularity = 8;

/** What decides how many rows a step draws. */
export interface PlannedDraw {
  readonly unitCount: number;
  readonly sampleRate: number;
}

/**
 * Examples that are computed at a time: 256 of a small network, which spends its time between
 * operations, fewer of a larger one, for the memory, and such that a draw of the expected size
 * fills whole physical batches. Of public quantities only.
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

/** Values that the layers give for one example; an axis of no fixed length counts as one. */
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
