import { expect, it } from '@jest/globals';
import { ChaChaStream } from './chachaStream.ts';

it('draws nothing after it was erased, not even the rest of a block', () => {
  const stream = new ChaChaStream(new Uint32Array(8).fill(5));
  stream.uint32();
  stream.erase();
  expect(() => stream.uint32()).toThrow(/erased/);
  expect(() => {
    stream.seek(3);
  }).toThrow(/erased/);
});

it('keeps a copy of its key', () => {
  const key = new Uint32Array(8).fill(5);
  const [stream, other] = [new ChaChaStream(key), new ChaChaStream(key)];
  key.fill(0);
  stream.erase();
  expect(other.uint32()).toBe(new ChaChaStream(new Uint32Array(8).fill(5)).uint32());
});
