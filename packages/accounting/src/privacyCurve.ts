import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import type { PrivacyEvent } from './events.ts';

/** δ as a function of ε. */
export interface DeltaCurveOptions {
  /** Everything that is released. */
  readonly event: PrivacyEvent;
  /** Where to evaluate, each ≥ 0. */
  readonly epsilons: readonly number[];
  readonly accountant?: AccountantName;
}

/** ε as a function of the number of steps. */
export interface EpsilonCurveOptions {
  /** What one step releases. */
  readonly event: PrivacyEvent;
  readonly delta: number;
  /** Where to evaluate, integers ≥ 0. */
  readonly steps: readonly number[];
  readonly accountant?: AccountantName;
}

export interface DeltaPoint {
  readonly epsilon: number;
  readonly delta: number;
}

export interface EpsilonPoint {
  readonly steps: number;
  readonly epsilon: number;
}

/**
 * Points for a plot, each of which is a guarantee: δ over ε of one event, or ε over steps. With
 * `pld`, each point over steps takes some tens of milliseconds; points over ε share compositions
 * and take less.
 *
 * @throws RangeError if a number is out of range
 */
export function privacyCurve(options: DeltaCurveOptions): DeltaPoint[];
export function privacyCurve(options: EpsilonCurveOptions): EpsilonPoint[];
export function privacyCurve(
  options: DeltaCurveOptions | EpsilonCurveOptions,
): DeltaPoint[] | EpsilonPoint[] {
  const { event, accountant } = options;
  if ('epsilons' in options) {
    const total = createAccountant(accountant).compose(event);
    return options.epsilons.map((epsilon) => ({ epsilon, delta: total.delta(epsilon) }));
  }
  const { delta } = options;
  return options.steps.map((steps) => ({
    steps,
    epsilon: createAccountant(accountant).compose(event, steps).epsilon(delta),
  }));
}
