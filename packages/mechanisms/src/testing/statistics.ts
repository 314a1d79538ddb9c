/** Root mean square: the standard deviation of values with mean 0. */
export function deviation(values: ArrayLike<number>): number {
  const squares = Array.from(values, (value) => value * value);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / values.length);
}

/** Correlation of two lists of mean 0. */
export function correlation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum / x.length / deviation(x) / deviation(y);
}
