import { ChaChaStream } from './chachaStream.ts';
import type { RandomSource } from './randomSource.ts';

/**
 * Cryptographic randomness for privacy noise and sampling: ChaCha20 under a key from the operating
 * system. Its state cannot be serialized, read or rewound.
 */
export class SecureRandom implements RandomSource {
  readonly #stream: ChaChaStream;

  constructor() {
    this.#stream = new ChaChaStream(globalThis.crypto.getRandomValues(new Uint32Array(8)));
  }

  uint32(): number {
    return this.#stream.uint32();
  }

  /** @throws TypeError always, because secret state must not be saved */
  toJSON(): never {
    throw new TypeError('SecureRandom: its state is secret and cannot be serialized');
  }
}
