/** A file that is not what it should be; the message names the file, the place and what was expected. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
