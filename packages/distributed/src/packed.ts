import { deserialize, serialize } from 'node:v8';

/** Plain data, with maps and typed arrays, as bytes. */
export function pack(value: unknown): Uint8Array {
  return serialize(value);
}

/** What `pack` was given, of a rank of the same release, which is trusted. */
export function unpack(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
