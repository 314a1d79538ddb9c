/** A file of weights that is not what it should be; the message names file, place and what was expected. */
export class WeightsError extends Error {
  override readonly name = 'WeightsError';
}
