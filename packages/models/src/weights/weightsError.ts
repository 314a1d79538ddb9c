/**
 * A file of weights is invalid. The message names the file, the place in it and what was expected.
 */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}
