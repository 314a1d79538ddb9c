/** The error for exhausted backend memory. */
export function exhausted(missing: string): RangeError {
  return new RangeError(
    `wasm: no ${missing} left of the 4 GB that the backend can have; use a smaller physical batch`,
  );
}
