import { clipNormRange, gridUnit } from '../noise/grid.ts';
import { isOnGrid } from '../noise/noiseRange.ts';

/** Grid unit of the count, whose sensitivity is ½. */
const countUnit = gridUnit(0.5);

/** How the clip norm follows a quantile of the gradient norms. */
export interface QuantileClippingOptions {
  /** Share γ of the units whose gradients are to stay unclipped, in (0, 1). Default 0.5. */
  readonly quantile?: number;
  /** How fast the clip norm follows: C ← C·e^(−η·(b − γ)). Default 0.2. */
  readonly learningRate?: number;
  /**
   * Standard deviation σ_b of the noise on the count of unclipped gradients. Default: a twentieth
   * of the expected batch size.
   */
  readonly countDeviation?: number;
}

/**
 * Quantile-adaptive clipping (Andrew et al., arXiv 1905.03871): the clip norm follows a quantile of
 * the gradient norms, which is estimated privately from the same Poisson draw as the gradient.
 *
 * Both releases together are *one* Gaussian event at the plan's noise multiplier σ: the count,
 * taken as Σ(1[‖g‖ ≤ C] − ½), has sensitivity ½ and so the multiplier 2σ_b, and the gradient gets
 * the rest, σ_g = (σ⁻² − (2σ_b)⁻²)^(−½) > σ. Two events would claim amplification twice for one
 * draw.
 */
export class QuantileClipping {
  readonly quantile: number;
  readonly learningRate: number;
  readonly countDeviation: number;
  readonly #expectedBatchSize: number;

  constructor(options: QuantileClippingOptions, expectedBatchSize: number) {
    const { quantile = 0.5, learningRate = 0.2, countDeviation = expectedBatchSize / 20 } = options;
    if (!(quantile > 0 && quantile < 1)) {
      throw new RangeError(`quantile: expected a number strictly between 0 and 1, got ${quantile}`);
    }
    for (const [name, value] of Object.entries({ learningRate, countDeviation })) {
      if (!(value > 0 && value < Infinity)) {
        throw new RangeError(`${name}: expected a positive number, got ${value}`);
      }
    }
    this.quantile = quantile;
    this.learningRate = learningRate;
    this.countDeviation = countDeviation;
    this.#expectedBatchSize = expectedBatchSize;
  }

  /**
   * The noise multiplier of the gradient, so that with the count it is one event at
   * `noiseMultiplier`.
   *
   * @throws RangeError when the count alone would spend more than that event
   */
  gradientNoiseMultiplier(noiseMultiplier: number): number {
    const forCount = this.countNoiseMultiplier;
    if (noiseMultiplier === 0) return 0;
    if (!(noiseMultiplier < forCount)) {
      throw new RangeError(
        `countDeviation: ${this.countDeviation} leaves nothing for the gradient at a noise multiplier of ` +
          `${noiseMultiplier}; expected more than ${noiseMultiplier / 2}: take larger batches or more noise for the count`,
      );
    }
    return (noiseMultiplier ** -2 - forCount ** -2) ** -0.5;
  }

  /**
   * Noise multiplier of the count, whose sensitivity is ½.
   */
  get countNoiseMultiplier(): number {
    return 2 * this.countDeviation;
  }

  /**
   * @throws RangeError for what `gradientNoiseMultiplier` refuses, and where gradient or count
   *   would need noise that is not available on the grid
   */
  requireNoise(noiseMultiplier: number): void {
    const gradient = this.gradientNoiseMultiplier(noiseMultiplier);
    if (noiseMultiplier === 0) return;
    for (const multiplier of [gradient, this.countNoiseMultiplier]) {
      if (isOnGrid(multiplier)) continue;
      throw new RangeError(
        `countDeviation: ${this.countDeviation} makes the noise multiplier of gradient or count ${multiplier}; ` +
          'expected both from 2^-16 to below 2^22: take another one',
      );
    }
  }

  /**
   * The count in whole numbers of its own grid, as the one value that noise is added to.
   *
   * @param unclippedCount Σ(1[‖g‖ ≤ C] − ½) over the units drawn
   * @throws RangeError if it is missing, or not a multiple of ½
   */
  wholeCount(unclippedCount: number | undefined): Float64Array {
    if (unclippedCount === undefined) {
      throw new RangeError('unclippedCount: quantile clipping needs it, got none');
    }
    if (!Number.isSafeInteger(unclippedCount * 2)) {
      throw new RangeError('unclippedCount: expected a sum of halves, got another number');
    }
    return Float64Array.of(unclippedCount / countUnit);
  }

  /**
   * The next clip norm. It is kept within the range of the grid, which it would otherwise leave if
   * all gradients were zero or none were finite.
   *
   * @param noisyCount the result of `wholeCount`, with noise
   */
  next(clipNorm: number, noisyCount: number): number {
    // Divided by the expected batch size: the drawn one is private.
    const unclippedShare = (noisyCount * countUnit) / this.#expectedBatchSize + 0.5;
    const next = clipNorm * Math.exp(-this.learningRate * (unclippedShare - this.quantile));
    return Math.min(clipNormRange.greatest, Math.max(clipNormRange.smallest, next));
  }
}
