/** MPI cannot be used here; the message names the remedy. */
export class MpiUnavailableError extends Error {
  override name = 'MpiUnavailableError';
}
