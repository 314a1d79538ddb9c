/** A command was used in a way that cannot work: exit code 2 and one line that says why. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Runs `body`; a RangeError or SyntaxError that it throws is about what the user asked for. */
export function asUsage<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError)
      throw new UsageError(error.message);
    throw error;
  }
}
