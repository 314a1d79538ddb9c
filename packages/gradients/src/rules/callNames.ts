/**
 * Names of the calls of layers within one pass: the layer's own name the first time, then with the
 * number of the call. Random bits are keyed by it, so that a shared layer draws anew in each place.
 */
export class CallNames {
  readonly #counts = new Map<string, number>();

  next(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name} (call ${count + 1})`;
  }
}
