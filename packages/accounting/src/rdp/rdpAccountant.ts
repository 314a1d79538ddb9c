import type { Accountant } from '../accountant.ts';
import { requireDelta, requireEpsilon } from '../accountant.ts';
import { requireCount } from '../events.ts';
import type { PrivacyEvent } from '../events.ts';
import { deltaOfClose, epsilonOfClose } from '../noiseCloseness.ts';
import { mechanismKey, MechanismTally } from '../mechanisms.ts';
import type { Mechanism } from '../mechanisms.ts';
import { defaultOrders, mechanismRdp, pureEpsilon } from './rdp.ts';
import { deltaFromRdp, epsilonFromRdp, SMALLEST_ORDER } from './rdpConversion.ts';
import type { RdpCurve, RdpEpsilon } from './rdpConversion.ts';

/**
 * Rényi accounting: the divergences of all events add up order by order, and the total is converted
 * to (ε, δ) at the best order. Always an upper bound; fast, and some 5 to 20 % above the true ε.
 */
export class RdpAccountant implements Accountant {
  readonly #orders: readonly number[];
  readonly #tally = new MechanismTally();
  readonly #curves = new Map<string, readonly number[]>();

  /**
   * @param options.orders Rényi orders above 1.00001 to choose from
   * @throws RangeError if there is none, or if one is not above 1.00001
   */
  constructor({ orders = defaultOrders }: { readonly orders?: readonly number[] } = {}) {
    const bad = orders.find((order) => !(order > SMALLEST_ORDER && Number.isFinite(order)));
    if (bad !== undefined || orders.length === 0) {
      throw new RangeError(
        `orders: expected a list of finite numbers above ${SMALLEST_ORDER}, got ${bad ?? 'none'}`,
      );
    }
    this.#orders = [...orders];
  }

  compose(event: PrivacyEvent, count = 1): this {
    this.#tally.add(event, requireCount(count, 'count'));
    return this;
  }

  get hasGuarantee(): boolean {
    return this.#tally.hasNoise;
  }

  epsilon(delta: number): number {
    const { divergence } = this.#tally;
    return epsilonOfClose((ideal) => this.#best(ideal).epsilon, divergence, requireDelta(delta));
  }

  delta(epsilon: number): number {
    const { divergence } = this.#tally;
    return deltaOfClose((ideal) => this.#idealDelta(ideal), divergence, requireEpsilon(epsilon));
  }

  /**
   * The order at which `epsilon(delta)` of the ideal mechanisms is attained: Infinity if the bound
   * needs no δ, undefined if there is no guarantee.
   */
  optimalOrder(delta: number): number | undefined {
    return this.#best(requireDelta(delta)).order;
  }

  /**
   * The divergence of everything composed so far, order by order, in nats: of the ideal mechanisms,
   * without `noiseCloseness` events.
   */
  curve(): RdpCurve {
    const divergences = this.#orders.map(() => 0);
    for (const { mechanism, count } of this.#tally.entries()) {
      for (const [index, one] of this.#curveOf(mechanism).entries())
        divergences[index]! += count * one;
    }
    return { orders: this.#orders, divergences };
  }

  #best(delta: number): RdpEpsilon {
    const renyi = epsilonFromRdp(this.curve(), delta);
    const pure = this.#pureEpsilon();
    return pure < renyi.epsilon ? { epsilon: pure, order: Infinity } : renyi;
  }

  #idealDelta(epsilon: number): number {
    return this.#pureEpsilon() <= epsilon ? 0 : deltaFromRdp(this.curve(), epsilon);
  }

  #pureEpsilon(): number {
    return this.#tally
      .entries()
      .reduce((sum, { mechanism, count }) => sum + count * pureEpsilon(mechanism), 0);
  }

  #curveOf(mechanism: Mechanism): readonly number[] {
    const key = mechanismKey(mechanism);
    let curve = this.#curves.get(key);
    if (curve === undefined) {
      curve = this.#orders.map((order) => mechanismRdp(mechanism, order));
      this.#curves.set(key, curve);
    }
    return curve;
  }
}
