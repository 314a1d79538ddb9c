import { describe, expect, it } from '@jest/globals';
import {
  arithmeticNames,
  layerArithmetic,
  requirePerExampleScales,
  type LayerArithmetic,
} from '@dpquant/quantization';
import { operandVariants } from './operandVariants.ts';

const formatsOf = ({ weights, activations, outputGradients }: LayerArithmetic) =>
  [weights, activations, outputGradients].map(({ format }) => format).join(' ');
const labelsOf = (name: string) => operandVariants(name).map(({ label }) => label);
const single = ['weights', 'activations', 'output gradients', 'all three'];
const channels = ['weights, scaled by channel', 'all three, weights by channel'];

describe('operandVariants', () => {
  it('quantizes each operand alone, and all three as the format does', () => {
    const [weights, activations, gradients, all] = operandVariants('luq-fp4');
    expect(formatsOf(weights!.arithmetic)).toBe('luq-fp4 float32 float32');
    expect(formatsOf(activations!.arithmetic)).toBe('float32 luq-fp4 float32');
    expect(formatsOf(gradients!.arithmetic)).toBe('float32 float32 luq-fp4');
    expect(all!.arithmetic.name).toBe('luq-fp4');
    expect(formatsOf(operandVariants('int4-luq')[2]!.arithmetic)).toBe('float32 float32 luq-fp4');
  });

  it('tries the roundings that the format does not have', () => {
    const nearest = 'all three, all to nearest';
    expect(labelsOf('luq-fp4')).toEqual([
      ...[...single, 'all three, forward to nearest', nearest, ...channels],
    ]);
    expect(labelsOf('int8')).toEqual([
      ...[...single, 'all three, all stochastic', nearest, ...channels],
    ]);
  });

  it('has no granularities where there is no scale a tensor, and no roundings of a mix', () => {
    for (const name of ['mxfp4', 'nvfp4', 'bf16']) {
      expect(labelsOf(name)).not.toContain(channels[0]);
      expect(labelsOf(name)).toContain('all three, all stochastic');
    }
    expect(labelsOf('int4-luq')).toEqual(single);
  });

  it.each(['luq-fp4', 'int8', 'nvfp4', 'int4-luq'])(
    'of %s are known by name, all of them such as private training takes',
    (name) => {
      for (const { arithmetic } of operandVariants(name)) {
        expect(() => requirePerExampleScales(arithmetic)).not.toThrow();
        expect(formatsOf(layerArithmetic(arithmetic.name))).toBe(formatsOf(arithmetic));
      }
      const known = arithmeticNames();
      operandVariants(name);
      expect(arithmeticNames()).toEqual(known);
    },
  );
});
