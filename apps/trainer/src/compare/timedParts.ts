import { heldSteps, type LayerAssignment } from '@dpquant/scheduling';

/** The decisions of one run's schedule, in order, and how long each held at most. */
export interface DecidedRun {
  readonly decisions: readonly LayerAssignment[];
  /** Steps from one decision to the next. */
  readonly interval: number;
  /** Of the whole run. */
  readonly steps: number;
}

/** A part of a row's steps that is timed by one decision of each of its runs. */
export interface TimedPart {
  /** Share of the steps. */
  readonly share: number;
  /** One for each run that has such steps: the decision in the middle of them. */
  readonly assignments: readonly LayerAssignment[];
}

/**
 * The steps of a row in two parts: those with layers in low precision and those without any, as a
 * schedule has them that ends in full precision. A part without steps is left out.
 *
 * @param format the low-precision format
 */
export function timedParts(runs: readonly DecidedRun[], format: string): TimedPart[] {
  const parts = new Map<boolean, { steps: number; assignments: LayerAssignment[] }>();
  for (const { decisions, interval, steps } of runs) {
    const held = heldSteps(decisions.length, { interval, steps });
    for (const isLow of [true, false]) {
      const own = decisions.flatMap((assignment, i) =>
        [...assignment.values()].includes(format) === isLow && held[i]! > 0
          ? [{ assignment, steps: held[i]! }]
          : [],
      );
      if (own.length === 0) continue;
      const part = parts.get(isLow) ?? { steps: 0, assignments: [] };
      parts.set(isLow, part);
      part.steps += own.reduce((sum, decision) => sum + decision.steps, 0);
      part.assignments.push(own[Math.floor(own.length / 2)]!.assignment);
    }
  }
  const all = [...parts.values()].reduce((sum, part) => sum + part.steps, 0);
  return [...parts.values()].map(({ steps, assignments }) => ({
    share: steps / all,
    assignments,
  }));
}

/**
 * How much faster a row is than the baseline, from the speed of the parts of both over any common
 * unit.
 */
export function combinedSpeedup(
  parts: readonly { readonly share: number; readonly speed: number }[],
  baseline: readonly { readonly share: number; readonly speed: number }[],
): number {
  const time = (all: typeof parts) => all.reduce((sum, { share, speed }) => sum + share / speed, 0);
  return time(baseline) / time(parts);
}
