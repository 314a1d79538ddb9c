import { DataError } from './dataError.ts';
import type { NumericArray } from './npy.ts';

/** Class indices, and the number of classes if the shape of the array defines it. */
export interface Labels {
  readonly labels: NumericArray;
  readonly classCount?: number;
}

// A local name: looking up a global for every row is slow where globals are intercepted.
const { isInteger } = Number;

/**
 * Class indices of an array [count] or [count, 1], or of one-hot rows [count, classes]; in the
 * latter the number of classes is part of the shape, which is public.
 *
 * @param read returns the values; not called for other shapes
 * @param where file and array, for messages
 * @throws DataError for other shapes, an index that is not a whole number from 0, or a row that is
 *   not one-hot
 */
export function labelsOf(
  shape: readonly number[],
  read: () => NumericArray,
  count: number,
  where: string,
): Labels {
  const [rows, classCount = 1, ...others] = shape;
  if (rows !== count || others.length > 0) {
    throw new DataError(
      `${where}: expected labels [${count}], [${count}, 1], or one-hot rows [${count}, classes], ` +
        `got [${shape.join(', ')}]; each row of the inputs needs one`,
    );
  }
  const values = read();
  if (classCount === 1) {
    const wrong = values.findIndex((label: number) => !(isInteger(label) && label >= 0));
    if (wrong === -1) return { labels: values };
    // Without the value, which is private.
    throw new DataError(
      `${where}, row ${wrong}: expected the index of a class, a whole number from 0 on; save the index of ` +
        'each label in your list of classes',
    );
  }
  const labels = Int32Array.from({ length: count }, (_, row) => {
    const cells = values.subarray(row * classCount, (row + 1) * classCount);
    const label = cells.indexOf(1);
    if (label !== -1 && cells.every((value, i) => value === (i === label ? 1 : 0))) return label;
    throw new DataError(
      `${where}, row ${row}: expected a one-hot row in the labels [${count}, ${classCount}]; save ` +
        'the index of the class, array.argmax(1), of each row',
    );
  });
  return { labels, classCount };
}

/** Names of the classes: the given names, else numbers if the shape defines how many there are. */
export function namesOfLabels(
  classNames: readonly string[] | undefined,
  { classCount }: Labels,
  where: string,
): readonly string[] | undefined {
  if (classCount === undefined) return classNames;
  if (classNames !== undefined && classNames.length !== classCount) {
    throw new DataError(
      `${where}: expected ${classNames.length} numbers in each row of the labels, one for each of classNames ` +
        `(--class-names, --class-count), got ${classCount}`,
    );
  }
  return classNames ?? Array.from({ length: classCount }, (_, index) => String(index));
}

/**
 * Names that the labels may have for a given name of the inputs, the most likely first: y_train for
 * X_train, labels for images. Empty if the name is not a usual one for inputs.
 */
export function labelNames(inputs: string): readonly string[] {
  const word = (text: string, others: readonly string[]) => {
    const pattern = new RegExp(`(?<![a-z])${text}(?![a-z])`, 'i');
    const found = pattern.exec(inputs)?.[0];
    if (found === undefined) return [];
    const isUpper = /^[A-Z]/.test(found);
    const capital = (other: string) => other[0]!.toUpperCase() + other.slice(1);
    const names = others.flatMap((other) =>
      isUpper ? [capital(other), other] : [other, capital(other)],
    );
    return names.map((name) => inputs.replace(pattern, name));
  };
  const ofWords = ['labels', 'label', 'targets', 'target', 'classes'];
  return [
    ...word('x', ['y']),
    ...['images', 'data', 'features', 'inputs'].flatMap((text) => word(text, ofWords)),
    ...(/^arr_0(?!\d)/.test(inputs) ? [inputs.replace('arr_0', 'arr_1')] : []),
  ];
}

/** Names of inputs, the most likely first. */
const inputNames: readonly string[] = [
  ...['x', 'X', 'x_train', 'X_train', 'images', 'train_images', 'inputs', 'features', 'data'],
  'arr_0',
];

/** Names of the arrays of inputs and labels in an archive. */
export interface ArrayNames {
  readonly inputs: string;
  readonly targets: string;
  /** For the owner: which names were chosen, and which arrays are left out. */
  readonly warnings: readonly string[];
}

/**
 * Chooses the arrays of inputs and labels: the given ones, else the first usual pair that exists,
 * else x and y, which are then reported as missing. Given inputs get the labels of the matching
 * name only: y_test for x_test.
 */
export function arrayNames(
  known: readonly string[],
  given: { readonly inputs?: string | undefined; readonly targets?: string | undefined },
): ArrayNames {
  const named = (inputs: string) =>
    given.targets ?? labelNames(inputs).find((name) => known.includes(name));
  const inputs =
    given.inputs ??
    inputNames.find((name) => known.includes(name) && named(name) !== undefined) ??
    'x';
  const targets = named(inputs) ?? labelNames(inputs)[0] ?? 'y';
  const isPair = given.targets !== undefined || labelNames(inputs).length > 0;
  const isUsual = inputs === 'x' || (given.inputs !== undefined && isPair);
  const others = known.filter((name) => name !== inputs && name !== targets);
  const rest = others.length === 0 ? '' : `; left out: ${others.slice(0, 10).join(', ')}`;
  return {
    inputs,
    targets,
    warnings: isUsual
      ? []
      : [`inputs are ${inputs}, labels ${targets} (--inputs, --targets)${rest}`],
  };
}
