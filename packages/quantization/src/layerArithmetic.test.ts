import { expect, it } from '@jest/globals';
import { arithmeticNames, layerArithmetic, requirePerExampleScales } from './layerArithmetic.ts';
import { luqFp4Quantizer } from './quantizers/luqFp4.ts';

it('knows its arithmetics by name and lists them for an unknown one', () => {
  for (const name of arithmeticNames) expect(layerArithmetic(name).name).toBe(name);
  expect(() => layerArithmetic('fp3')).toThrow(
    'format: expected one of float32, luq-fp4, got "fp3"',
  );
});

it('accepts scales per example and refuses others, saying why', () => {
  for (const name of arithmeticNames) {
    expect(() => requirePerExampleScales(layerArithmetic(name))).not.toThrow();
  }
  for (const operand of ['activations', 'outputGradients']) {
    const leaky = {
      ...layerArithmetic('luq-fp4'),
      name: 'leaky',
      [operand]: luqFp4Quantizer('tensor'),
    };
    expect(() => requirePerExampleScales(leaky)).toThrow(
      new RegExp(`"leaky": ${operand}.*one example would change`),
    );
  }
});
