import { remainder } from './composition.ts';
import type { TiltedSum, Window } from './composition.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp } = Math;

export type Estimate = 'pessimistic' | 'optimistic';

/** Grid points that a search may skip at first. */
const STRIDE = 64;

/** A value and how much of it is allowance for numerical error, as a fraction of δ. */
export interface ProfileValue {
  readonly value: number;
  readonly allowance: number;
}

/** Bounds of the errors of a tilted sum. */
export interface ProfileErrors {
  /** Probability of an infinite loss, the parts cut off included. */
  readonly infinityMass: number;
  /** Bound of the tilted probability of losses above the window, and below it. */
  readonly above: number;
  readonly below: number;
  /** Above this ε, wrapping from below may make the pessimistic estimate less accurate. */
  readonly clearUpTo: number;
  /** Relative error of the probabilities of the parts, times how often they occur. */
  readonly relative: number;
  /** The amount by which rounding may have lowered the sum of the losses. */
  readonly shift: number;
}

/**
 * δ as a function of ε for one direction of adjacency: δ(ε) = E[(1 − e^(ε−loss))⁺] over a composed
 * privacy loss distribution, kept at the points of its grid.
 *
 * With p the tilted masses, θ the tilt and g(t) = (1 − e^(−t))e^(−θt), δ(ε) = e^(logScale − θε) Σ
 * p(x)·g(x − ε) over x > ε. As 0 ≤ g ≤ g_max = θ^θ/(1+θ)^(1+θ), masses that are wrong or missing by
 * e in total change δ by at most e^(logScale − θε)·g_max·e: the allowance. Losses that wrap into
 * the window from outside are additional, so they can only raise the pessimistic estimate; the
 * optimistic one subtracts them. Where the window does not reach, Chernoff's bound, which is the
 * allowance for e = 1, still holds.
 */
export class PrivacyProfile {
  readonly #errors: ProfileErrors;
  readonly #estimate: Estimate;
  readonly #step: number;
  readonly #start: number;
  readonly #tilt: number;
  readonly #logScale: number;
  /** δ at the grid points, from `start` on, without its scale. */
  readonly #scaledDeltas: Float64Array;
  readonly #scaledAllowance: number;
  readonly #relativeAllowance: number;
  /** δ ≤ e^(this − tilt·ε) for every ε, except for the infinite losses. */
  readonly #logChernoff: number;

  constructor(
    { circle, step, window, logScale, error }: TiltedSum,
    errors: ProfileErrors,
    estimate: Estimate,
  ) {
    const { tilt, start } = window;
    const { length } = circle;
    this.#errors = errors;
    this.#estimate = estimate;
    this.#step = step;
    this.#start = start;
    this.#tilt = tilt;
    this.#logScale = logScale;
    this.#scaledDeltas = scaledDeltas(circle, window, step);
    const logLargestWeight = tilt * Math.log(tilt / (1 + tilt)) - Math.log1p(tilt);
    const outside = errors.above + (estimate === 'optimistic' ? errors.below : 0);
    this.#scaledAllowance = exp(logLargestWeight) * (error + outside);
    const exponents =
      Math.abs(logScale) + tilt * step * Math.max(Math.abs(start), Math.abs(start + length));
    this.#relativeAllowance = errors.relative + Number.EPSILON * (4 * length + 2 * exponents);
    this.#logChernoff = logScale + logLargestWeight + Math.log1p(this.#relativeAllowance);
  }

  /** The bound of δ for an ε ≥ 0, between 0 and 1. */
  delta(epsilon: number): ProfileValue {
    return this.#provenOr(this.#deltaBound(epsilon), 1);
  }

  /** The bound of the smallest ε ≥ 0 for a δ; Infinity if there is none. */
  epsilon(delta: number): ProfileValue {
    return this.#provenOr(this.#epsilonBound(delta), Infinity);
  }

  /** Where the arithmetic overflowed, the bound that always holds. */
  #provenOr({ value, allowance }: ProfileValue, trivialUpperBound: number): ProfileValue {
    if (Number.isNaN(value)) {
      return { value: this.#estimate === 'optimistic' ? 0 : trivialUpperBound, allowance: 1 };
    }
    return { value, allowance: Number.isNaN(allowance) ? 1 : allowance };
  }

  #deltaBound(epsilon: number): ProfileValue {
    const { shift, infinityMass } = this.#errors;
    const last = this.#scaledDeltas.length - 1;
    if (this.#estimate === 'optimistic') {
      const index = Math.ceil((epsilon + shift) / this.#step) - this.#start;
      return index < 0 || index > last ? { value: 0, allowance: 1 } : this.#deltaAt(index);
    }
    const shifted = epsilon - shift;
    const chernoff = Math.min(1, exp(this.#logChernoff - this.#tilt * shifted) + infinityMass);
    const index = Math.min(last - 1, Math.floor(shifted / this.#step) - this.#start);
    if (index < 0) return { value: chernoff, allowance: 1 };
    const here = this.#deltaAt(index);
    const next = this.#deltaAt(index + 1);
    // Between grid points δ is linear in e^ε, and the allowance below its chord.
    const part = Math.expm1(Math.max(0, shifted - this.#lossAt(index))) / Math.expm1(this.#step);
    const value = here.value + Math.min(1, part) * (next.value - here.value);
    return value < chernoff
      ? { value, allowance: this.#blurred(epsilon, here.allowance) }
      : { value: chernoff, allowance: 1 };
  }

  #epsilonBound(delta: number): ProfileValue {
    const { shift, infinityMass } = this.#errors;
    const { length } = this.#scaledDeltas;
    // ε ≥ 0: smaller values are not considered.
    const bottom = Math.max(0, -this.#start);
    if (this.#estimate === 'optimistic') {
      // Far below the window's centre the allowance dominates, so the search starts from above,
      // first in large steps.
      const isSmall = (index: number): boolean => this.#deltaAt(index).value <= delta;
      let index = length - 1;
      while (index >= bottom && isSmall(index)) index -= STRIDE;
      index = Math.min(length, index + STRIDE) - 1;
      while (index >= bottom && isSmall(index)) index--;
      if (index < bottom) return { value: 0, allowance: 1 };
      const { allowance } = this.#deltaAt(index);
      return { value: Math.max(0, this.#lossAt(index) - shift), allowance };
    }
    const logFinite = Math.log(Math.max(0, delta - infinityMass));
    const chernoff = Math.max(0, (this.#logChernoff - logFinite) / this.#tilt + shift);
    // The first index at which δ is small enough is above `low` and at most `high`.
    let low = bottom - 1;
    let high = length;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#deltaAt(middle).value <= delta) high = middle;
      else low = middle;
    }
    if (high >= length) return { value: chernoff, allowance: 1 };
    const upper = this.#deltaAt(high);
    if (high === bottom) {
      // At 0 the search is complete; at the lower end of the window only this part of it is.
      if (this.#lossAt(high) <= 0) return { value: 0, allowance: upper.allowance };
      return { value: Math.min(chernoff, this.#lossAt(high) + shift), allowance: 1 };
    }
    const lower = this.#deltaAt(low);
    const part = Math.min(1, (lower.value - delta) / (lower.value - upper.value));
    const value = this.#lossAt(low) + Math.log1p(part * Math.expm1(this.#step)) + shift;
    return value < chernoff
      ? { value, allowance: this.#blurred(value, upper.allowance) }
      : { value: chernoff, allowance: 1 };
  }

  #lossAt(index: number): number {
    return (this.#start + index) * this.#step;
  }

  #blurred(epsilon: number, allowance: number): number {
    return epsilon > this.#errors.clearUpTo ? 1 : allowance;
  }

  #deltaAt(index: number): ProfileValue {
    const scale = exp(this.#logScale - this.#tilt * this.#lossAt(index));
    const delta = scale * this.#scaledDeltas[index]!;
    const allowance = scale * this.#scaledAllowance + delta * this.#relativeAllowance;
    // Far below the window the scale overflows; NaN then fails each comparison.
    if (this.#estimate === 'optimistic') {
      const value = delta - allowance;
      return value > 0
        ? { value, allowance: Math.min(1, allowance / delta) }
        : { value: 0, allowance: 1 };
    }
    const value = delta + allowance + this.#errors.infinityMass;
    if (!(value < 1)) return { value: 1, allowance: 1 };
    return { value, allowance: value > 0 ? 1 - delta / value : 0 };
  }
}

/** Σ_{x > ε} p(x)·g(x − ε) for every grid point ε of the window, from its upper end down. */
function scaledDeltas(circle: Float64Array, { tilt, start }: Window, step: number): Float64Array {
  const { length } = circle;
  const deltas = new Float64Array(length);
  const stay = exp(-tilt * step);
  const fall = exp(-(tilt + 1) * step);
  const difference = stay * -Math.expm1(-step);
  let delta = 0;
  let without = 0;
  let position = remainder(start - 1, length);
  for (let index = length - 1; index >= 0; index--) {
    delta = stay * delta + difference * without;
    // A negative mass is a rounding error and treated as zero; NaN must not be treated as zero.
    const mass = circle[position]!;
    without = (mass < 0 ? 0 : mass) + fall * without;
    deltas[index] = delta;
    position = position === 0 ? length - 1 : position - 1;
  }
  return deltas;
}
