/** Invalid data. The message names the file, the place in it and what was expected. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
