import { arrayDataset } from '../arrayDataset.ts';
import type { Dataset } from '../dataset.ts';
import { requireFloat32 } from '../inputValues.ts';
import { elementCount } from '../assembleBatch.ts';
import { DataError } from './dataError.ts';
import { arrayNames } from './labels.ts';
import { parseNpy } from './npy.ts';
import { parseNpyColumn } from './npyText.ts';
import {
  namesOf,
  requireArray,
  requireInputs,
  unitsOfArrays,
  withChannelAxis,
  withWeightArray,
  type NpzOptions,
} from './npz.ts';
import { readZip } from './zip.ts';

/**
 * A data set of arrays in a NumPy .npz archive whose targets, [count] or [count, …], are numbers
 * and not class indices: values of a regression, or labels of 0 and 1. Otherwise like `npzDataset`.
 *
 * @throws DataError for a damaged archive or array, a missing array, or counts that differ
 */
export function npzNumbers(bytes: Uint8Array, options: NpzOptions): Dataset {
  const { file, privacyUnit, classNames, scaleBytes = true } = options;
  const entries = readZip(bytes, file, options.unpackedLimit);
  const { inputs, targets, warnings } = arrayNames(namesOf(entries), options);
  const bytesOf = (name: string, option: 'inputs' | 'targets' | 'weights' | 'privacyUnit') =>
    requireArray(entries, name, file, option)();
  const input = parseNpy(bytesOf(inputs, 'inputs'), `${file}, ${inputs}`);
  const count = requireInputs(input.shape, `${file}, ${inputs}`);
  const target = parseNpy(bytesOf(targets, 'targets'), `${file}, ${targets}`);
  const [targetCount, ...shape] = target.shape;
  if (targetCount !== count) {
    throw new DataError(
      `${file}, ${targets}: expected targets of the ${count} rows of ${inputs}, got [${target.shape.join(', ')}]`,
    );
  }
  const targetShape = shape.every((size) => size === 1) ? [] : shape;
  requireFloat32(input.values, elementCount(input.shape.slice(1)), `${file}, ${inputs}`);
  requireFloat32(target.values, elementCount(shape), `${file}, ${targets}`);
  const isScaled = scaleBytes && input.values instanceof Uint8Array;
  const dataset = arrayDataset({
    name: file,
    inputs: isScaled ? Float32Array.from(input.values, (value) => value / 255) : input.values,
    inputShape: withChannelAxis(input.shape.slice(1)),
    targets: target.values,
    targetShape,
    classNames,
    privacyUnits: unitsOfArrays(privacyUnit, count, file, (name) =>
      parseNpyColumn(bytesOf(name, 'privacyUnit'), `${file}, ${name}`),
    ),
  });
  return withWeightArray(
    { ...dataset, warnings, bytesAreScaled: isScaled },
    { ...options, targets: [targets] },
    (name) => parseNpy(bytesOf(name, 'weights'), `${file}, ${name}`),
  );
}
