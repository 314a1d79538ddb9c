import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import type { LayerAssignment, ScheduledLayer } from './policy.ts';

/** What ran in which precision: the layers, and one assignment for each decision of a schedule. */
export interface ScheduleRecord {
  readonly layers: readonly ScheduledLayer[];
  readonly assignments: readonly LayerAssignment[];
  /**
   * Steps that each assignment held (`heldSteps` of a schedule), which is what it counts by. All
   * count alike if left out.
   */
  readonly heldSteps?: readonly number[] | undefined;
  /**
   * The run's `otherFormat`: layers in it were not chosen, and do not count as in low precision here.
   * Default float32.
   */
  readonly otherFormat?: string | undefined;
}

/**
 * Share of the layers that ran in low precision (neither float32 nor `otherFormat`), averaged over the
 * steps: what a schedule did, to hold beside the budget it was given. 0 where there are no layers
 * or no steps.
 *
 * Throws RangeError for held steps that are not one whole number for each assignment.
 */
export function quantizedFraction(record: ScheduleRecord): number {
  const { layers, otherFormat } = record;
  let places = 0;
  let quantized = 0;
  for (const { assignment, steps } of held(record)) {
    places += steps * layers.length;
    quantized +=
      steps * layers.filter(({ name }) => isChosen(assignment, name, otherFormat)).length;
  }
  return places === 0 ? 0 : quantized / places;
}

/**
 * Share of the multiply-accumulates that ran in low precision (neither float32 nor `otherFormat`),
 * averaged over the steps: the paper's p. 0 where there is no work or no step.
 *
 * Throws RangeError for multiply-accumulates that are negative or not finite, and for held steps
 * that are not one whole number for each assignment.
 */
export function lowPrecisionShare(record: ScheduleRecord): number {
  const { layers, otherFormat } = record;
  const total = totalMultiplyAccumulates(layers);
  let work = 0;
  let low = 0;
  for (const { assignment, steps } of held(record)) {
    work += steps * total;
    for (const { name, multiplyAccumulates } of layers) {
      if (isChosen(assignment, name, otherFormat)) low += steps * multiplyAccumulates;
    }
  }
  return work === 0 ? 0 : low / work;
}

/** Each assignment with the steps that it counts by. */
export function held({
  assignments,
  heldSteps,
}: Pick<ScheduleRecord, 'assignments' | 'heldSteps'>): readonly {
  readonly assignment: LayerAssignment;
  readonly steps: number;
}[] {
  const isCounted = heldSteps?.every((count) => Number.isSafeInteger(count) && count >= 0) ?? true;
  if (!isCounted || (heldSteps && heldSteps.length !== assignments.length)) {
    throw new RangeError(
      `heldSteps: expected a whole number of at least 0 for each of ${assignments.length} assignments, ` +
        `got [${String(heldSteps)}]; the function heldSteps gives them, and without any all count alike`,
    );
  }
  return assignments.map((assignment, i) => ({ assignment, steps: heldSteps?.[i] ?? 1 }));
}

function isChosen(
  assignment: LayerAssignment,
  layer: string,
  otherFormat: string | undefined,
): boolean {
  const format = assignment.get(layer) ?? 'float32';
  return format !== 'float32' && format !== otherFormat;
}
