import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import type { LayerAssignment, ScheduledLayer } from './policy.ts';

/** What ran in which format: the layers, and one assignment per decision of the schedule. */
export interface ScheduleRecord {
  readonly layers: readonly ScheduledLayer[];
  readonly assignments: readonly LayerAssignment[];
  /**
   * Number of steps under each assignment (see the function `heldSteps`), which weights it.
   * Default: equal weights.
   */
  readonly heldSteps?: readonly number[] | undefined;
  /** The run's `otherFormat`; layers in it do not count as in low precision. Default float32. */
  readonly otherFormat?: string | undefined;
}

/**
 * Fraction of the layers that ran in low precision (neither float32 nor `otherFormat`), averaged
 * over the steps, to compare with the budget. 0 without layers or steps.
 *
 * @throws RangeError unless `heldSteps` has one whole number per assignment
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
 * averaged over the steps: the paper's p. 0 without work or steps.
 *
 * @throws RangeError for negative or infinite multiply-accumulates, and unless `heldSteps` has one
 *   whole number per assignment
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

/** Each assignment with its weight in steps. */
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
