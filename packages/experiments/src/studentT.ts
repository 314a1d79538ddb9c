/**
 * P(|T| ≤ t) of Student's t distribution with a whole number of degrees of freedom, exactly, as a
 * finite sum (Abramowitz and Stegun, 26.7.3 and 26.7.4).
 */
function probabilityWithin(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(angle);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cosine ** 2;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/**
 * The t that |T| exceeds with probability 1 − `confidence`: half the width of a confidence interval
 * in standard errors.
 *
 * @param degrees degrees of freedom, a whole number of at least 1
 * @throws RangeError for other degrees of freedom, or a confidence that is not in (0, 1)
 */
export function studentT(confidence: number, degrees: number): number {
  if (!(Number.isSafeInteger(degrees) && degrees >= 1)) {
    throw new RangeError(`degrees: expected a whole number of at least 1, got ${degrees}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence: expected a number between 0 and 1, got ${confidence}`);
  }
  let low = 0;
  let high = 1;
  while (probabilityWithin(high, degrees) < confidence) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (probabilityWithin(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
}
