import { expect, it } from '@jest/globals';
import type * as tf from '@tensorflow/tfjs-core';
import { mostUnitsOfInt32Sum, unitOfSums, type SumValues } from '@dpquant/mechanisms';
import { readAnswer } from './readAnswer.ts';

const variables = [{ name: 'kernel', size: 3 }] as tf.Variable[];

/** Reads an answer with one weight for the given number of units. */
function read(sum: SumValues, units: number) {
  const answer = {
    ...{ sums: [sum], gridUnit: unitOfSums(1), sensitivity: 1, unclippedCount: units / 2 },
    unsafe: { lossSum: 0, clippedCount: 0, norms: new Float64Array(units) },
  };
  const clipping = { rule: 'flat', clipNorm: 1 };
  return readAnswer(answer, { rows: new Uint32Array(units), rowsPerUnit: 1, clipping }, variables);
}

it('accepts int32 sums for as many units as fit, and only float64 sums for more', () => {
  const sum = Int32Array.of(1, -2, 3);
  expect(read(sum, mostUnitsOfInt32Sum).sums.get('kernel')).toBe(sum);
  expect(() => read(sum, mostUnitsOfInt32Sum + 1)).toThrow(
    /^gradient source: expected sums of over 2047 units as Float64Array, got an Int32Array/,
  );
  const inFloat64 = new Float64Array(sum);
  expect(read(inFloat64, mostUnitsOfInt32Sum + 1).sums.get('kernel')).toBe(inFloat64);
});
