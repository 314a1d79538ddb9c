import { createHmac } from 'node:crypto';
import type { Batch, Dataset } from '@dpquant/data';

/**
 * Tells data sets apart, to the last value, as their examples are read. Under a key of the run: it
 * is compared between ranks, and says nothing to whoever does not have the same examples.
 */
export class DataHash {
  readonly #hash;

  constructor(key: string, { count, inputShape, targetShape, classNames, privacyUnits }: Dataset) {
    this.#hash = createHmac('sha256', key);
    const shape = { count, inputShape, targetShape, classNames, units: privacyUnits.count };
    this.#hash.update(JSON.stringify(shape));
  }

  add({ inputs, targets, weights }: Batch): void {
    for (const { buffer, byteOffset, byteLength } of [
      inputs,
      targets,
      ...(weights ? [weights] : []),
    ]) {
      this.#hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
