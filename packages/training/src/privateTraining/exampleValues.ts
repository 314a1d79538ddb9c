import * as tf from '@tensorflow/tfjs-core';
import type { Numbers } from '@dpquant/data';
import { shapeText } from '../tasks/shapeText.ts';

/**
 * Nested lists of numbers or booleans, all of one length at each depth; the innermost may be typed
 * arrays.
 */
export type NestedNumbers = readonly (number | boolean | ArrayLike<number> | NestedNumbers)[];

type TypedNumbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/**
 * Values of all examples: a tensor or nested lists with examples along the first axis, or a typed
 * array with one example after another.
 */
export type ExampleValues = TypedNumbers | tf.Tensor | NestedNumbers;

/** Values for each input or output of a model, by name: the name of its layer. */
export type ValuesByName = Readonly<Record<string, ExampleValues>>;

/** Values in row-major order. */
export interface FlatValues {
  readonly values: Numbers;
  /** The number of examples and the shape of one; null for a typed array, which has no shape. */
  readonly shape: readonly [number, ...number[]] | null;
  /** Whether they are of an integer or boolean type. */
  readonly areWhole: boolean;
}

/**
 * Copies values into one typed array; a typed array is not copied.
 *
 * @param name name of the values, for messages
 * @throws TypeError for values that are not numbers
 * @throws RangeError for lists of unequal lengths
 */
export async function flatValues(name: string, given: ExampleValues): Promise<FlatValues> {
  if (given instanceof tf.Tensor) {
    if (given.rank === 0 || given.dtype === 'string' || given.dtype === 'complex64') {
      throw new TypeError(
        `${name}: expected a tensor of numbers with examples along its first axis, got one of shape ` +
          `${shapeText(given.shape)} and type ${given.dtype}`,
      );
    }
    const shape = given.shape as [number, ...number[]];
    return { values: await given.data(), shape, areWhole: given.dtype !== 'float32' };
  }
  if (isTyped(given)) return { values: given, shape: null, areWhole: !isFloat(given) };
  if (Array.isArray(given) && given.length > 0) return flattened(name, given as NestedNumbers);
  throw new TypeError(
    `${name}: expected a typed array, a tensor or nested lists of numbers, of all examples, got ${describe(given)}`,
  );
}

/** Whether these are the values of one input or output, instead of several by name. */
export function isValues(given: ExampleValues | ValuesByName): given is ExampleValues {
  const isRecord = Object.prototype.toString.call(given) === '[object Object]';
  return !isRecord || given instanceof tf.Tensor;
}

function isTyped(value: unknown): value is TypedNumbers {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return false;
  return !(value instanceof BigInt64Array || value instanceof BigUint64Array);
}

function isFloat(values: TypedNumbers): boolean {
  return values instanceof Float32Array || values instanceof Float64Array;
}

function flattened(name: string, nested: NestedNumbers): FlatValues {
  const shape: number[] = [];
  for (let level: unknown = nested; isList(level); level = level[0]) shape.push(level.length);
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  let next = 0;
  let areBooleans = true;
  const visit = (value: unknown, depth: number, path: string): void => {
    if (depth < shape.length) {
      if (!isList(value) || value.length !== shape[depth]) {
        throw new RangeError(
          `${name}${path}: expected a list of ${shape[depth]} as in the first example, got ${describe(value)}; ` +
            'give all examples the same shape',
        );
      }
      for (let i = 0; i < value.length; i++) visit(value[i], depth + 1, `${path}[${i}]`);
    } else if (typeof value === 'number' || typeof value === 'boolean') {
      if (typeof value === 'number') areBooleans = false;
      values[next++] = Number(value);
    } else {
      const remedy =
        typeof value === 'string' ? '; give classes as indices: names.indexOf(value)' : '';
      throw new TypeError(`${name}${path}: expected a number, got ${describe(value)}${remedy}`);
    }
  };
  visit(nested, 0, '');
  return { values, shape: shape as [number, ...number[]], areWhole: areBooleans };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || isTyped(value);
}

function describe(value: unknown): string {
  if (isList(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null)
    return `a ${value.constructor?.name ?? 'object'}`;
  return String(value);
}
