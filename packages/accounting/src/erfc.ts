/*
 * The complementary error function by W. J. Cody's rational Chebyshev approximations
 * ("Rational Chebyshev approximation for the error function", Math. Comp. 23, 1969; routine
 * CALERF). Relative error below 1e-15 in each of the three ranges.
 */

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, log, trunc, abs } = Math;

const ERF_NUMERATOR = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const ERF_DENOMINATOR = [
  1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171,
];
const MIDDLE_NUMERATOR = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
  298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const MIDDLE_DENOMINATOR = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
  3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const FAR_NUMERATOR = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
  0.016083785148742275, 0.0006587491615298378,
];
const FAR_DENOMINATOR = [
  1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
];
const ONE_OVER_SQRT_PI = 0.5641895835477563;

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

const ratio = (numerator: readonly number[], denominator: readonly number[], x: number): number =>
  polynomial(numerator, x) / polynomial(denominator, x);

/** e^(x²)·erfc(x) for x ≥ 0. */
export function scaledErfc(x: number): number {
  if (x < 0.46875) return exp(x * x) * erfc(x);
  if (x <= 4) return ratio(MIDDLE_NUMERATOR, MIDDLE_DENOMINATOR, x);
  const y = 1 / (x * x);
  return (ONE_OVER_SQRT_PI - y * ratio(FAR_NUMERATOR, FAR_DENOMINATOR, y)) / x;
}

/** e^(−x²) without the rounding error of x², which the exponential would multiply. */
function expMinusSquare(x: number): number {
  const head = trunc(x * 16) / 16;
  return exp(-head * head) * exp(-(x - head) * (x + head));
}

/** erfc(x) = 2/√π ∫ₓ^∞ e^(−t²) dt, to a relative error of a few units in the last place. */
export function erfc(x: number): number {
  if (abs(x) < 0.46875) return 1 - x * ratio(ERF_NUMERATOR, ERF_DENOMINATOR, x * x);
  if (x < 0) return 2 - erfc(-x);
  return x > 27 ? 0 : expMinusSquare(x) * scaledErfc(x);
}

/** log(erfc(x)), finite where erfc(x) itself underflows. */
export function logErfc(x: number): number {
  return x < 0.46875 ? log(erfc(x)) : log(scaledErfc(x)) - x * x;
}
