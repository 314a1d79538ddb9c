import type { Accountant } from '../accountant.ts';
import { requireDelta, requireEpsilon } from '../accountant.ts';
import type { Goal, WindowWidth } from './compositionPlan.ts';
import { requireCount } from '../events.ts';
import type { PrivacyEvent } from '../events.ts';
import { gaussianDelta, gaussianDeltaBelow, gaussianEpsilon } from './gaussianProfile.ts';
import {
  deltaOfClose,
  epsilonOfClose,
  idealPart,
  leastDeltaOfClose,
  leastEpsilonOfClose,
} from '../noiseCloseness.ts';
import { fusedGaussianScale, MechanismTally } from '../mechanisms.ts';
import type { Mechanism, RepeatedMechanism } from '../mechanisms.ts';
import { composeLosses } from './pld.ts';
import type { ComposedLosses } from './pld.ts';
import type { Estimate, ProfileValue } from './privacyProfile.ts';
import { RdpAccountant } from '../rdp/rdpAccountant.ts';

export interface EstimateOptions {
  /**
   * `pessimistic` (the default) is the guarantee, an upper bound. `optimistic` is a lower bound of
   * the worst-case privacy loss: it shows how tight the guarantee is, and is not a guarantee
   * itself.
   */
  readonly estimate?: Estimate;
}

/**
 * A composition may answer other questions than its own if this fraction of δ, or less, is
 * numerical allowance.
 */
const USEFUL_ALLOWANCE = 1e-4;

/** Above this, a wider window is worth another composition. */
const POOR_ALLOWANCE = 0.02;

/** Number of compositions kept, each of up to some megabytes. */
const MOST_COMPOSITIONS = 4;

/**
 * Accounting by privacy loss distributions: almost exact, while Rényi accounting loses some
 * precision in its conversion. The answer is the smaller of the two bounds. Sums of plain Gaussian
 * events are computed in closed form; events whose losses are unknown (sampling without
 * replacement) or too large for float64 use their Rényi bound.
 *
 * A question costs some tens of milliseconds; the next one about the same events is answered from
 * the same composition where that is accurate enough.
 */
export class PldAccountant implements Accountant {
  readonly #tally = new MechanismTally();
  readonly #renyi = new RdpAccountant();
  /** Earlier answers, so that the same question always has the same answer. */
  readonly #answers = new Map<string, number | undefined>();
  #compositions: { readonly estimate: Estimate; readonly losses: ComposedLosses }[] = [];

  compose(event: PrivacyEvent, count = 1): this {
    this.#tally.add(event, requireCount(count, 'count'));
    this.#renyi.compose(idealPart(event), count);
    this.#compositions = [];
    this.#answers.clear();
    return this;
  }

  get hasGuarantee(): boolean {
    return this.#tally.hasNoise;
  }

  epsilon(delta: number, { estimate = 'pessimistic' }: EstimateOptions = {}): number {
    const { divergence } = this.#tally;
    const upper = (ideal: number) => this.#idealEpsilon(ideal, 'pessimistic');
    const epsilon = epsilonOfClose(upper, divergence, requireDelta(delta));
    if (estimate === 'pessimistic') return epsilon;
    const lower = (ideal: number) => this.#idealEpsilon(ideal, 'optimistic');
    return leastEpsilonOfClose(lower, divergence, delta, epsilon);
  }

  delta(epsilon: number, { estimate = 'pessimistic' }: EstimateOptions = {}): number {
    const { divergence } = this.#tally;
    const ofClose = estimate === 'pessimistic' ? deltaOfClose : leastDeltaOfClose;
    const ideal = (each: number) => this.#idealDelta(each, estimate);
    return ofClose(ideal, divergence, requireEpsilon(epsilon));
  }

  #idealEpsilon(delta: number, estimate: Estimate): number {
    return this.#answer(
      estimate,
      () => this.#renyi.epsilon(delta),
      (noiseMultiplier) => {
        const exact = gaussianEpsilon(delta, noiseMultiplier);
        if (estimate === 'pessimistic') return exact;
        return exact < Infinity ? exact * (1 - 1e-9) : 0;
      },
      { delta },
      (losses) => losses.epsilon(delta),
    );
  }

  #idealDelta(epsilon: number, estimate: Estimate): number {
    return this.#answer(
      estimate,
      () => this.#renyi.delta(epsilon),
      (noiseMultiplier) =>
        (estimate === 'pessimistic' ? gaussianDelta : gaussianDeltaBelow)(epsilon, noiseMultiplier),
      { epsilon },
      (losses) => losses.delta(epsilon),
    );
  }

  #answer(
    estimate: Estimate,
    byRenyi: () => number,
    byGaussian: (noiseMultiplier: number) => number,
    goal: Goal,
    read: (losses: ComposedLosses) => ProfileValue,
  ): number {
    const renyi = byRenyi();
    if (renyi === 0 || !this.hasGuarantee) return renyi;
    const isUpper = estimate === 'pessimistic';
    const mechanisms = withFusedGaussians(this.#tally.entries());
    const [{ mechanism }] = mechanisms as [RepeatedMechanism];
    if (mechanisms.length === 1 && isPlainGaussian(mechanism)) {
      const exact = byGaussian(mechanism.scale);
      return isUpper && !(exact < renyi) ? renyi : exact;
    }
    const question = JSON.stringify([estimate, goal]);
    const best = this.#answers.has(question)
      ? this.#answers.get(question)
      : this.#byComposition(mechanisms, estimate, goal, read);
    this.#answers.set(question, best);
    if (!isUpper) return best ?? 0;
    return best !== undefined && best < renyi ? best : renyi;
  }

  /** Undefined where no loss distribution is known, or its values do not fit in float64. */
  #byComposition(
    mechanisms: readonly RepeatedMechanism[],
    estimate: Estimate,
    goal: Goal,
    read: (losses: ComposedLosses) => ProfileValue,
  ): number | undefined {
    if (mechanisms.some(({ mechanism }) => mechanism.sampling !== 'poisson')) return undefined;
    let best: ProfileValue | undefined;
    const take = (losses: ComposedLosses): void => {
      const value = read(losses);
      const isTighter =
        best === undefined ||
        (estimate === 'pessimistic' ? value.value < best.value : value.value > best.value);
      if (isTighter) best = value;
    };
    const known = this.#compositions.filter((each) => each.estimate === estimate);
    for (const { losses } of known) take(losses);
    const tolerable = known.length > 0 ? USEFUL_ALLOWANCE : POOR_ALLOWANCE;
    for (const width of widthsToTry(estimate, known.length > 0)) {
      if (best !== undefined && best.allowance <= tolerable) break;
      const losses = composeLosses(mechanisms, goal, estimate, width);
      if (losses === undefined) return undefined;
      const older = this.#compositions.slice(0, MOST_COMPOSITIONS - 1);
      this.#compositions = [{ estimate, losses }, ...older];
      take(losses);
    }
    return best?.value;
  }
}

/** From the cheapest window that may be enough to the one that covers everything. */
function widthsToTry(estimate: Estimate, isSecondQuestion: boolean): readonly WindowWidth[] {
  // An optimistic estimate allows no wrapping. After a second question about the same events a
  // third one is likely, and a wide window answers more questions.
  return estimate === 'optimistic' || isSecondQuestion
    ? ['wide', 'full']
    : ['narrow', 'wide', 'full'];
}

const isPlainGaussian = ({ noise, sampling, sampleRate }: Mechanism): boolean =>
  noise === 'gaussian' && sampling === 'poisson' && sampleRate === 1;

/** All plain Gaussian releases as one, which they are equivalent to. */
function withFusedGaussians(mechanisms: readonly RepeatedMechanism[]): RepeatedMechanism[] {
  const gaussians = mechanisms.filter(({ mechanism }) => isPlainGaussian(mechanism));
  const [first] = gaussians;
  if (first === undefined) return [...mechanisms];
  const scale = fusedGaussianScale(
    gaussians.map(({ mechanism, count }) => ({ scale: mechanism.scale, count })),
  );
  const others = mechanisms.filter(({ mechanism }) => !isPlainGaussian(mechanism));
  return [{ mechanism: { ...first.mechanism, scale }, count: 1 }, ...others];
}
