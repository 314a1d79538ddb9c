import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { philoxKeyFromSeed } from '@dpquant/random';
import { builtInBlockFormats, type BlockFormat } from '../formats/blockFormat.ts';
import { numberFormat } from '../formats/registry.ts';
import { dequantize } from '../operand.ts';
import { keysOf, normal } from '../testing/values.ts';
import { blockQuantizer, quantizeBlocks } from './blocks.ts';

const blockFormat = (name: string) => numberFormat(name) as BlockFormat;
const randomness = { key: philoxKeyFromSeed(1), step: 5, draw: 0 };
const oneRow = (length: number) => ({ examples: 1, exampleSize: length, rowLength: length });
const hexOf = (format: BlockFormat, elements: Float32Array) =>
  [...elements].map((element) => format.element.encode(element).toString(16).toUpperCase());

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('golden blocks', () => {
  const values = Float32Array.of(7.9, 6, 5, 2.5, -1.25, 0.25, 0.26, -7);

  it.each([
    ['floor', 0x7f, '7 7 6 4 A 0 1 F'],
    ['up', 0x80, '6 5 4 2 9 0 0 E'],
  ] as const)('MXFP4 with scales rounded %s', (scaleRounding, scale, codes) => {
    const format = blockFormat('mxfp4');
    const cast = { format, rounding: 'nearest-even', scaleRounding } as const;
    const { elements, scaleCodes } = quantizeBlocks(values, oneRow(8), cast);
    expect([...scaleCodes]).toEqual([scale]);
    expect(hexOf(format, elements).join(' ')).toBe(codes);
  });

  it('NVFP4 of two blocks', () => {
    const format = blockFormat('nvfp4');
    const numbers = Float32Array.from({ length: 32 }, (_, i) =>
      i < 16 ? i : ((-1) ** i * 3.1 * (i - 16)) / 15,
    );
    const { elements, scaleCodes, exampleScales } = quantizeBlocks(numbers, oneRow(32), {
      format,
      rounding: 'nearest-even',
    });
    expect(exampleScales![0]).toBe(Math.fround(179.2));
    expect([...scaleCodes]).toEqual([0x7e, 0x6c]);
    const nibbles = hexOf(format, elements);
    const bytes = Array.from({ length: 16 }, (_, i) => nibbles[2 * i + 1]! + nibbles[2 * i]!);
    expect(bytes.join(' ')).toBe('10 22 43 54 65 66 76 77 90 A2 C3 D4 D5 E6 F6 F7');
  });
});

describe.each(builtInBlockFormats.map((format) => [format.name, format] as const))(
  '%s',
  (_, format) => {
    const nearest = { format, rounding: 'nearest-even' } as const;

    it('has an error of at most half a step of the scaled element', () => {
      const values = normal(4 * format.blockSize, 3).map((x, i) => x * 10 ** (i % 7));
      const shape = oneRow(values.length);
      const { elements, scales } = quantizeBlocks(values, shape, {
        ...nearest,
        scaleRounding: 'up',
      });
      const largestGap = format.element.max / 2;
      values.forEach((x, i) => {
        const scale = scales[Math.floor(i / format.blockSize)]!;
        expect(Math.abs(elements[i]! * scale - x)).toBeLessThanOrEqual(scale * largestGap);
      });
    });

    it('divides each row into its own blocks, the last one shorter', () => {
      const rowLength = format.blockSize + 3;
      const values = normal(2 * rowLength).fill(1);
      values.fill(100, rowLength);
      const shape = { examples: 1, exampleSize: 2 * rowLength, rowLength };
      const { scales } = quantizeBlocks(values, shape, nearest);
      expect(scales).toHaveLength(4);
      expect(scales[0]).toBe(scales[1]);
      expect(scales[2]).toBe(scales[3]);
      expect(scales[2]! / scales[0]!).toBeGreaterThan(30);
    });

    it('gives zeros for zero or too small blocks, and NaN for blocks that are not finite', () => {
      const size = format.blockSize;
      const values = new Float32Array(3 * size).fill(1, 0, size).fill(2 ** -140, 2 * size);
      const shape = { examples: 3, exampleSize: size, rowLength: size };
      const { elements, scales, scaleCodes } = quantizeBlocks(values, shape, nearest);
      expect(elements.subarray(size).every((element) => element === 0)).toBe(true);
      expect([...scales.subarray(1)]).toEqual([0, 0]);
      expect([...scaleCodes.subarray(1)]).toEqual([0, 0]);
      for (const bad of [NaN, Infinity, -Infinity]) {
        const spoilt = values.slice();
        spoilt[size + 1] = bad;
        const result = quantizeBlocks(spoilt, shape, nearest);
        expect(result.scales[1]).toBeNaN();
        expect(result.scales[0]).toBe(scales[0]);
        expect(result.elements).toEqual(elements);
        const scaleFormat = numberFormat('fp8-e4m3') as { decode(code: number): number };
        const code = result.scaleCodes[1]!;
        if (format.scale === 'e8m0') expect(code).toBe(0xff);
        else expect(scaleFormat.decode(code)).toBeNaN();
      }
    });

    it('is unbiased when it rounds stochastically under scales rounded up', () => {
      // NVFP4 rounds its scale to nearest: of the block's maximum, 6·8, it is exact here.
      const x = Float32Array.of(48, 31.7, 0.9, -11.3);
      const draws = 4000;
      const sums = new Float64Array(4);
      let scale = 0;
      for (let step = 0; step < draws; step++) {
        const { elements, scales } = quantizeBlocks(
          x,
          oneRow(4),
          { format, rounding: 'stochastic', scaleRounding: 'up' },
          { ...randomness, step },
          keysOf([1]),
        );
        scale = scales[0]!;
        elements.forEach((element, i) => (sums[i]! += element * scale));
      }
      x.forEach((value, i) => {
        // Five standard errors of a value between two neighbours, at most a quarter of the range.
        const gap = (format.element.max / 3) * scale;
        expect(Math.abs(sums[i]! / draws - value)).toBeLessThan((2.5 * gap) / Math.sqrt(draws));
      });
    });

    it('dequantizes tensors block by block, and leaks no tensor', () => {
      const rowLength = format.blockSize + 5;
      const values = normal(2 * 2 * rowLength);
      const x = tf.tensor(values, [2, 2, rowLength]);
      const before = tf.memory().numTensors;
      const operand = blockQuantizer(nearest).quantize(x, randomness, keysOf([4, 9]));
      const result = dequantize(operand);
      const shape = { examples: 2, exampleSize: 2 * rowLength, rowLength };
      const { elements, scales } = quantizeBlocks(
        values,
        shape,
        nearest,
        randomness,
        keysOf([4, 9]),
      );
      const expected = elements.map((element, i) => {
        const row = Math.floor(i / rowLength);
        return element * scales[2 * row + (i % rowLength >= format.blockSize ? 1 : 0)]!;
      });
      expect(result.dataSync()).toEqual(expected);
      tf.dispose([operand.codes, result]);
      expect(tf.memory().numTensors).toBe(before);
    });
  },
);
