import { expect, it } from '@jest/globals';
import { fasterNode } from './fasterNode.ts';

const run = { policy: 'loss-aware', format: 'luq-fp4' };
const products = { arithmetic: 'integer' as const, reason: 'faster' };
const wasm = { name: 'wasm' as const, products };

it('says so where codes are multiplied as integers by an older Node', () => {
  expect(fasterNode(run, wasm, '20.19.0')).toMatch(/^Node 24 multiplies codes of luq-fp4 faster/);
  expect(fasterNode({ ...run, format: 'uint4-luq' }, wasm, '22.1.0')).toMatch(/uint4-luq/);
});

it('says nothing where a newer Node gains nothing', () => {
  expect(fasterNode(run, wasm, '24.0.0')).toBe(null);
  expect(fasterNode({ ...run, policy: 'full' }, wasm, '20.19.0')).toBe(null);
  expect(fasterNode({ ...run, format: 'fp8-e4m3' }, wasm, '20.19.0')).toBe(null);
  expect(fasterNode(run, { ...wasm, name: 'cpu' }, '20.19.0')).toBe(null);
  const inFloat32 = { ...products, arithmetic: 'float32' as const };
  expect(fasterNode(run, { ...wasm, products: inFloat32 }, '20.19.0')).toBe(null);
});
