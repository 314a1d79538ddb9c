/**
 * Names of layer calls within one pass: the layer's name for the first call, then the name with the
 * number of the call. Random bits are keyed by it, so that each call of a shared layer draws its
 * own.
 */
export class CallNames {
  readonly #counts = new Map<string, number>();

  next(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name} (call ${count + 1})`;
  }
}
