import type { Dataset } from '@dpquant/data';
import { sha256 } from '../durable/sha256.ts';

const batchSize = 256;

/**
 * SHA-256 of the public examples, which identifies the data of a resumed run. Private examples are
 * not read: what is stored reveals nothing about them.
 */
export async function publicFingerprint(validation: Dataset): Promise<string> {
  let hash = await sha256(String(validation.count));
  for (let start = 0; start < validation.count; start += batchSize) {
    const size = Math.min(batchSize, validation.count - start);
    const { inputs, targets, weights } = await validation.read(
      Uint32Array.from({ length: size }, (_, i) => start + i),
    );
    const all = [inputs, targets, ...(weights ? [weights] : [])];
    const hashes = await Promise.all(all.map((values) => sha256(bytesOf(values))));
    hash = await sha256([hash, ...hashes].join());
  }
  return hash;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
