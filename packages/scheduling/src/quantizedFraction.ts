import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import type { LayerAssignment, ScheduledLayer } from './policy.ts';

/** What ran in which precision: the layers, and one assignment for each epoch that ran. */
export interface ScheduleRecord {
  readonly layers: readonly ScheduledLayer[];
  readonly assignments: readonly LayerAssignment[];
  /**
   * The run's `otherFormat`: layers in it were not chosen, and do not count as in low precision here.
   * Default float32.
   */
  readonly otherFormat?: string | undefined;
}

/**
 * Share of the layers that ran in low precision (neither float32 nor `otherFormat`), averaged over the
 * epochs: what a schedule did, to hold beside the budget it was given. 0 where there are no layers or no epochs.
 */
export function quantizedFraction({ layers, assignments, otherFormat }: ScheduleRecord): number {
  const places = layers.length * assignments.length;
  if (places === 0) return 0;
  const quantized = assignments.reduce(
    (sum, assignment) =>
      sum + layers.filter(({ name }) => isChosen(assignment, name, otherFormat)).length,
    0,
  );
  return quantized / places;
}

/**
 * Share of the multiply-accumulates that ran in low precision (neither float32 nor `otherFormat`),
 * averaged over the epochs: the paper's p. 0 where there is no work or no epoch.
 *
 * Throws RangeError for multiply-accumulates that are negative or not finite.
 */
export function lowPrecisionShare({ layers, assignments, otherFormat }: ScheduleRecord): number {
  const total = totalMultiplyAccumulates(layers);
  if (total * assignments.length === 0) return 0;
  let low = 0;
  for (const assignment of assignments) {
    for (const layer of layers) {
      if (isChosen(assignment, layer.name, otherFormat)) low += layer.multiplyAccumulates;
    }
  }
  return low / (total * assignments.length);
}

function isChosen(
  assignment: LayerAssignment,
  layer: string,
  otherFormat: string | undefined,
): boolean {
  const format = assignment.get(layer) ?? 'float32';
  return format !== 'float32' && format !== otherFormat;
}
