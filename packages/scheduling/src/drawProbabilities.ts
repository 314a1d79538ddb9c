/** Step width of the integral below; half of it changes nothing in the first ten digits. */
const spacing = 1 / 8;
/**
 * Bounds of the integral in each item's logarithmic time; an arrival outside has a probability
 * below 1e-13.
 */
const earliest = -30;
const latest = 4;

/**
 * Probability that each item is among the first `count` of a draw without replacement in which each
 * next item is chosen with a probability proportional to its weight (Plackett–Luce). Correct to
 * about ten digits.
 *
 * Such a draw is equivalent to a race in which item i arrives after an exponential time of rate wᵢ:
 *
 *     P(i) = ∫ fᵢ(t)·P(fewer than `count` others have arrived by t) dt.
 *
 * The others arrive independently, so their number is a sum of independent Bernoulli variables,
 * whose distribution is built up item by item. In log t every factor is smooth, whatever the
 * weights, and the trapezoidal rule converges exponentially. Takes O(items² · count) time at worst.
 *
 * @param logWeights logarithms of the weights; items of −∞ come last, in their order
 * @param count from 0 to the number of items
 */
export function drawProbabilities(logWeights: readonly number[], count: number): readonly number[] {
  const racing = logWeights.filter((weight) => weight > -Infinity);
  const isEven = racing.every((weight) => weight === racing[0]);
  const placed = Math.min(count, racing.length);
  const ofRacing =
    placed === racing.length || placed === 0 || isEven
      ? racing.map(() => placed / racing.length)
      : raceProbabilities(racing, placed);
  let next = 0;
  let left = count - placed;
  return logWeights.map((weight) => (weight > -Infinity ? ofRacing[next++]! : Number(left-- > 0)));
}

function raceProbabilities(logWeights: readonly number[], count: number): readonly number[] {
  const nodes = new Set<number>();
  for (const weight of logWeights) {
    const first = Math.floor((earliest - weight) / spacing);
    const last = first + Math.ceil((latest - earliest) / spacing);
    for (let node = first; node <= last; node++) nodes.add(node);
  }
  const sums = new Float64Array(logWeights.length);
  const others = new OtherArrivals(logWeights.length, count);
  for (const node of nodes) {
    // Capped, because an infinite time would give NaN in a product; by then all have arrived.
    const times = logWeights.map((weight) => Math.min(1000, Math.exp(node * spacing + weight)));
    const fewer = others.fewerBy(times);
    times.forEach((time, i) => (sums[i]! += spacing * time * Math.exp(-time) * fewer[i]!));
  }
  return Array.from(sums, (sum) => Math.min(1, Math.round(sum * 1e10) / 1e10));
}

/** Distribution of the number of arrivals among all items but one; reuses its memory. */
class OtherArrivals {
  readonly #count: number;
  readonly #fewer: Float64Array;
  /** Probability of exactly 0, 1, … arrivals. */
  readonly #distribution: Float64Array;
  /** Probability of at most 0, 1, … arrivals among the items after each item; one row per item. */
  readonly #behind: Float64Array;

  constructor(items: number, count: number) {
    this.#count = count;
    this.#fewer = new Float64Array(items);
    this.#distribution = new Float64Array(count);
    this.#behind = new Float64Array(items * count);
  }

  /**
   * Probability, for each item, that fewer than `count` of the others have arrived.
   *
   * @param times elapsed time in units of each item's mean time
   */
  fewerBy(times: readonly number[]): Float64Array {
    const count = this.#count;
    const fewer = this.#fewer;
    const behind = this.#behind;
    const distribution = this.#distribution.fill(0);
    distribution[0] = 1;
    for (let i = times.length - 1; i >= 0; i--) {
      let sum = 0;
      for (let a = 0; a < count; a++) behind[i * count + a] = sum += distribution[a]!;
      addItem(distribution, times[i]!);
    }
    distribution.fill(0);
    distribution[0] = 1;
    for (let i = 0; i < times.length; i++) {
      let sum = 0;
      for (let a = 0; a < count; a++) sum += distribution[a]! * behind[i * count + count - 1 - a]!;
      fewer[i] = sum;
      addItem(distribution, times[i]!);
    }
    return fewer;
  }
}

/** Adds an item that may have arrived to the distribution of the number of arrivals. */
function addItem(distribution: Float64Array, time: number): void {
  const arrived = -Math.expm1(-time);
  const missing = Math.exp(-time);
  for (let a = distribution.length - 1; a > 0; a--) {
    distribution[a] = distribution[a]! * missing + distribution[a - 1]! * arrived;
  }
  distribution[0]! *= missing;
}
