/** Bounds what one privacy unit adds to a sum of gradients. */
export interface ClippingRule {
  readonly name: string;
  /** Largest L2 norm by which one unit can change the clipped sum; the noise is scaled to it. */
  readonly sensitivity: number;
  /** What shares one factor: the whole gradient, or each layer's part of it. */
  readonly scope: 'gradient' | 'layer';
  /**
   * The factor of each unit's gradient, or of its part in one scope.
   *
   * @param norms upper bounds of the L2 norms; not finite where a gradient is not
   * @param scopes number of parts of a gradient
   * @returns one factor per unit; 0 for a gradient that is not finite, or too long to be scaled
   *   down in float32
   */
  factors(norms: Float64Array, scopes: number): Float32Array;
}

/**
 * Share by which a factor stays below C/‖g‖, for the float32 roundings of the factor and of its
 * product with the gradient (each at most 2⁻²⁴ relative).
 */
const roundingMargin = 1 - 2 ** -20;

/** Smallest normal float32: below it rounding errors may be larger than the margin. */
const smallestFactor = 2 ** -126;

/** A factor as float32; 0 if it is too small for float32, which leaves the gradient out. */
function asFactor(factor: number): number {
  return factor >= smallestFactor ? factor : 0;
}

/** min(1, C/‖g‖) for each norm. */
function scaleDown(norms: Float64Array, clipNorm: number): Float32Array {
  return Float32Array.from(norms, (norm) =>
    Number.isFinite(norm) ? asFactor(Math.min(1, (clipNorm / norm) * roundingMargin)) : 0,
  );
}

/**
 * Flat clipping (Abadi et al. 2016): the whole gradient of a unit is scaled down to norm
 * `clipNorm` if it is longer, and left as it is otherwise. Sensitivity: `clipNorm`, under adding or
 * removing one unit.
 */
export function flatClipping(clipNorm: number): ClippingRule {
  requireClipNorm(clipNorm);
  return {
    name: 'flat',
    sensitivity: clipNorm,
    scope: 'gradient',
    factors: (norms) => scaleDown(norms, clipNorm),
  };
}

/**
 * Per-layer clipping (McMahan et al., arXiv 1710.06963): each of the L layers' parts of a unit's
 * gradient is scaled down to norm `clipNorm`/√L if it is longer. Sensitivity: √(L·clipNorm²/L) =
 * `clipNorm`.
 */
export function perLayerClipping(clipNorm: number): ClippingRule {
  requireClipNorm(clipNorm);
  return {
    name: 'per-layer',
    sensitivity: clipNorm,
    scope: 'layer',
    factors: (norms, scopes) => scaleDown(norms, clipNorm / Math.sqrt(scopes)),
  };
}

/**
 * Automatic clipping (Bu et al., arXiv 2206.07136): every gradient is scaled to nearly the same
 * norm, by the factor clipNorm/(‖g‖ + stability), so that there is no threshold to tune.
 * Sensitivity: `clipNorm`, since ‖g‖/(‖g‖ + stability) < 1.
 *
 * @param stability keeps small gradients small; in the units of the gradient norm
 */
export function automaticClipping(clipNorm: number, stability = 0.01): ClippingRule {
  requireClipNorm(clipNorm);
  if (!(stability > 0 && stability < Infinity)) {
    throw new RangeError(`stability: expected a positive number, got ${stability}`);
  }
  return {
    name: 'automatic',
    sensitivity: clipNorm,
    scope: 'gradient',
    factors: (norms) =>
      Float32Array.from(norms, (norm) =>
        Number.isFinite(norm) ? asFactor((clipNorm / (norm + stability)) * roundingMargin) : 0,
      ),
  };
}

/**
 * No clipping, for baselines without privacy: the contribution of one unit is not bounded, so no
 * noise can be scaled to it. Gradients that are not finite are left out all the same.
 */
export function noClipping(): ClippingRule {
  return {
    name: 'none',
    sensitivity: Infinity,
    scope: 'gradient',
    factors: (norms) => Float32Array.from(norms, (norm) => (Number.isFinite(norm) ? 1 : 0)),
  };
}

function requireClipNorm(clipNorm: number): void {
  if (!(clipNorm > 0 && clipNorm < Infinity)) {
    throw new RangeError(`clip norm: expected a positive number, got ${clipNorm}`);
  }
}
