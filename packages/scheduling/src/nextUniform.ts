/**
 * The next number of `context.random`.
 *
 * @throws RangeError unless it is in [0, 1)
 */
export function nextUniform(random: () => number): number {
  const value = random();
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(
      `context.random: expected a number in [0, 1), got ${String(value)}; pass a function like Math.random`,
    );
  }
  return value;
}
