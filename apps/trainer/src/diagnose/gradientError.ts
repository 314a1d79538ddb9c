/** How far a gradient that is computed with random roundings is from the exact one; L2 norms. */
export interface GradientError {
  /** Norm of the error that is the same in all draws, as far as their number shows it. */
  readonly bias: number;
  /** Root of the mean squared norm of what changes from draw to draw. */
  readonly scatter: number;
}

/**
 * Bias and scatter over draws of the rounding. The squared norm of the mean error is, in
 * expectation, bias² + scatter²/draws: the latter is taken off, so that scatter alone does not look
 * like bias.
 *
 * @param draw gives the gradient of a draw, from 0, in the order of `exact`
 * @param draws at least 2
 */
export async function gradientError(
  exact: Float64Array,
  draw: (index: number) => Promise<Float64Array>,
  draws: number,
): Promise<GradientError> {
  // Welford's way, which takes no difference of large sums of squares.
  const mean = new Float64Array(exact.length);
  let squares = 0;
  for (let index = 0; index < draws; index++) {
    const gradient = await draw(index);
    for (let i = 0; i < mean.length; i++) {
      const error = gradient[i]! - exact[i]!;
      const before = error - mean[i]!;
      mean[i]! += before / (index + 1);
      squares += before * (error - mean[i]!);
    }
  }
  const variance = squares / (draws - 1);
  return {
    bias: Math.sqrt(Math.max(0, squaredNorm(mean) - variance / draws)),
    scatter: Math.sqrt(variance),
  };
}

export function squaredNorm(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
