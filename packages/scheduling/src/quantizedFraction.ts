import type { LayerAssignment, ScheduledLayer } from './policy.ts';

/** What ran in which precision: the layers, and one assignment for each epoch that ran. */
export interface ScheduleRecord {
  readonly layers: readonly ScheduledLayer[];
  readonly assignments: readonly LayerAssignment[];
}

/**
 * Share of the layers that ran in low precision, averaged over the epochs: what a schedule did, to
 * hold beside the budget it was given. 0 where there are no layers or no epochs.
 */
export function quantizedFraction({ layers, assignments }: ScheduleRecord): number {
  const places = layers.length * assignments.length;
  if (places === 0) return 0;
  const quantized = assignments.reduce(
    (sum, assignment) => sum + layers.filter(({ name }) => isLowPrecision(assignment, name)).length,
    0,
  );
  return quantized / places;
}

/**
 * Share of the multiply-accumulates that ran in low precision, averaged over the epochs: the paper's
 * p. 0 where there is no work or no epoch.
 */
export function lowPrecisionShare({ layers, assignments }: ScheduleRecord): number {
  const total = layers.reduce((sum, layer) => sum + layer.multiplyAccumulates, 0);
  if (total * assignments.length === 0) return 0;
  let low = 0;
  for (const assignment of assignments) {
    for (const layer of layers) {
      if (isLowPrecision(assignment, layer.name)) low += layer.multiplyAccumulates;
    }
  }
  return low / (total * assignments.length);
}

function isLowPrecision(assignment: LayerAssignment, layer: string): boolean {
  return (assignment.get(layer) ?? 'float32') !== 'float32';
}
