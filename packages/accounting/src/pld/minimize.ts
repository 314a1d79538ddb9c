const GOLDEN = (Math.sqrt(5) - 1) / 2;

export interface Minimum {
  readonly argument: number;
  readonly value: number;
}

/**
 * The minimum of a function with a single valley, over positive arguments on a logarithmic scale,
 * to about a hundredth of the argument, by golden section. Whatever argument it returns, the value
 * belongs to this argument.
 */
export function minimizeOverScale(f: (x: number) => number, lower: number, upper: number): Minimum {
  let low = Math.log(lower);
  let high = Math.log(upper);
  const at = (logX: number): Minimum => ({ argument: Math.exp(logX), value: f(Math.exp(logX)) });
  let left = at(high - GOLDEN * (high - low));
  let right = at(low + GOLDEN * (high - low));
  while (high - low > 0.01) {
    // Two equal values may both be infinite, which happens at large arguments.
    if (left.value <= right.value) {
      high = Math.log(right.argument);
      right = left;
      left = at(high - GOLDEN * (high - low));
    } else {
      low = Math.log(left.argument);
      left = right;
      right = at(low + GOLDEN * (high - low));
    }
  }
  return left.value <= right.value ? left : right;
}
