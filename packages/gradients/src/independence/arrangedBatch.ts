import * as tf from '@tensorflow/tfjs-core';
import type { ExampleBatch } from '../contributeOptions.ts';
import type { ChangedBatch } from './changedBatch.ts';

/** What is at one place of a batch: all rows of a unit. */
export interface Place {
  /** Index of the unit in `UnitRows`. */
  readonly unit: number;
  /** Factor that its inputs are multiplied by. */
  readonly scale: number;
  /** False for padding. */
  readonly isReal: boolean;
}

/**
 * The values of units, read from a batch: `rowsPerUnit` consecutive rows are one unit.
 */
export interface UnitRows {
  readonly rowsPerUnit: number;
  readonly keys: ExampleBatch['keys'];
  readonly inputs: readonly Rows[];
  readonly targets: readonly Rows[];
}

/** One input or target of all rows. */
interface Rows {
  readonly values: tf.TypedArray;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** Reads the values of all units of a batch. */
export async function readUnits(batch: ExampleBatch, rowsPerUnit: number): Promise<UnitRows> {
  const read = (tensors: ExampleBatch['inputs']) =>
    Promise.all(
      [tensors].flat().map(async (tensor) => {
        const { shape, dtype } = tensor;
        return { values: await tensor.data(), shape: shape.slice(1), dtype };
      }),
    );
  return {
    rowsPerUnit,
    keys: batch.keys,
    inputs: await read(batch.inputs),
    targets: await read(batch.targets),
  };
}

/**
 * A batch with the given unit at each place; a unit keeps its keys at every place. The values are
 * put together without the backend, since the backend is under test. The caller disposes its
 * tensors.
 */
export function arrangedBatch(units: UnitRows, places: readonly Place[]): ChangedBatch {
  const { rowsPerUnit, keys } = units;
  const rowOf = (place: Place, i: number) => place.unit * rowsPerUnit + i;
  const perRow = (value: (place: Place, row: number) => number) =>
    places.flatMap((place) =>
      Array.from({ length: rowsPerUnit }, (_, i) => value(place, rowOf(place, i))),
    );
  const arranged = ({ values, shape, dtype }: Rows, isScaled: boolean) => {
    const size = tf.util.sizeFromShape([...shape]);
    const all = new Float32Array(places.length * rowsPerUnit * size);
    for (const [p, place] of places.entries()) {
      const scale = isScaled && dtype === 'float32' ? place.scale : 1;
      for (let i = 0; i < rowsPerUnit; i++) {
        const row = rowOf(place, i) * size;
        const start = (p * rowsPerUnit + i) * size;
        for (let j = 0; j < size; j++) all[start + j] = scale * values[row + j]!;
      }
    }
    return tf.tensor(all, [places.length * rowsPerUnit, ...shape], dtype);
  };
  return {
    inputs: units.inputs.map((rows) => arranged(rows, true)),
    targets: units.targets.map((rows) => arranged(rows, false)),
    mask: Float32Array.from(perRow(({ isReal }) => (isReal ? 1 : 0))),
    keys: {
      rows: Uint32Array.from(perRow((_, row) => keys.rows[row]!)),
      views: Uint32Array.from(perRow((_, row) => keys.views[row]!)),
    },
  };
}
