import { elementCount } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';
import { requireFloat32 } from '../inputValues.ts';
import { partsDataset } from '../partsDataset.ts';
import { DataError } from './dataError.ts';
import { parseNpy } from './npy.ts';
import { parseNpyColumn } from './npyText.ts';
import {
  requireArray,
  unitsOfArrays,
  withChannelAxis,
  withWeightArray,
  type NpzOptions,
} from './npz.ts';
import { readZip } from './zip.ts';

/** An array of an archive, and the input or output of the model that it belongs to. */
export interface NamedArray {
  /** Name of the input or output. */
  readonly name: string;
  readonly array: string;
}

/** An array of targets, and the names of its classes. */
export interface NamedTargets extends NamedArray {
  readonly classNames?: readonly string[];
}

export interface NpzPartsOptions extends Omit<NpzOptions, 'inputs' | 'targets'> {
  /** Arrays [count] or [count, …]. */
  readonly inputs: readonly NamedArray[];
  /** Arrays [count] or [count, …] of class indices, labels of 0 and 1, or numbers. */
  readonly targets: readonly NamedTargets[];
}

/**
 * A data set of arrays in a NumPy .npz archive with several inputs, several targets, or both.
 * Unsigned bytes of inputs become value/255 unless `scaleBytes` is false; other values are
 * unchanged. Images [count, height, width] get a channel axis if they are the only input.
 * `classNames` is for a single target. Other arrays are not decompressed.
 *
 * @throws DataError for a damaged archive or array, a missing array, or counts that differ
 */
export function npzParts(bytes: Uint8Array, options: NpzPartsOptions): Dataset {
  const { file, inputs, targets, privacyUnit, classNames, scaleBytes = true } = options;
  if (classNames && targets.length > 1) {
    throw new DataError(
      `${file}: classNames (--class-names, --class-count) is for one target, these are ${targets.length}; give names by output, as ` +
        `${targets[0]!.name}=no,yes, or leave them out: the model's outputs say how many classes each has`,
    );
  }
  const entries = readZip(bytes, file, options.unpackedLimit);
  const read = (option: 'inputs' | 'targets') => (named: NamedArray) => {
    const where = `${file}, ${named.array}`;
    const table = parseNpy(requireArray(entries, named.array, file, option)(), where);
    const [, ...shape] = table.shape;
    if (table.shape.length === 0 || shape.includes(0)) {
      throw new DataError(`${where}: expected [count, …], got [${table.shape.join(', ')}]`);
    }
    requireFloat32(table.values, elementCount(shape), where);
    return { name: named.name, values: table.values, shape };
  };
  const inputParts = inputs.map(read('inputs')).map((part) => ({
    ...part,
    shape: inputs.length === 1 ? withChannelAxis(part.shape) : part.shape,
    bytesAreScaled: scaleBytes && part.values instanceof Uint8Array,
  }));
  const targetParts = targets.map(({ classNames: own = classNames, ...named }) => {
    const part = read('targets')(named);
    // One number per example, whatever the number of axes.
    const shape = part.shape.every((size) => size === 1) ? [] : part.shape;
    return { ...part, shape, ...(own && { classNames: own }) };
  });
  const count = inputParts[0]!.values.length / elementCount(inputParts[0]!.shape);
  const dataset = partsDataset({
    name: file,
    inputs: inputParts,
    targets: targetParts,
    privacyUnits: unitsOfArrays(privacyUnit, count, file, (name) =>
      parseNpyColumn(requireArray(entries, name, file, 'privacyUnit')(), `${file}, ${name}`),
    ),
  });
  const ofTargets = targets.map(({ array }) => array);
  return withWeightArray(dataset, { ...options, targets: ofTargets }, (name) =>
    parseNpy(requireArray(entries, name, file, 'weights')(), `${file}, ${name}`),
  );
}
