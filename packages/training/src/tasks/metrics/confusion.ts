import type { ClassFigures, ClassReport, Outcomes } from '../task.ts';

/** Number of examples by true class (row) and predicted class (column). */
export type ConfusionMatrix = readonly Float64Array[];

/** A matrix of more classes is too large to read. */
const mostClassesOfMatrix = 100;

/**
 * Confusion of classes: the target is a class index or one-hot, the prediction the largest output.
 */
export function confusionOfClasses(outcomes: Outcomes): ConfusionMatrix {
  const { count, outputs, outputLength, targets, targetLength } = outcomes;
  const matrix = emptyMatrix(outputLength);
  for (let i = 0; i < count; i++) {
    const target =
      targetLength === 1 ? targets[i]! : greatest(targets, i * targetLength, targetLength);
    matrix[target]![greatest(outputs, i * outputLength, outputLength)]!++;
  }
  return matrix;
}

/** Confusion of one label of several, or of the only one: 0 for no, 1 for yes. */
export function confusionOfLabel(outcomes: Outcomes, label = 0): ConfusionMatrix {
  const { count, outputs, outputLength, targets } = outcomes;
  const matrix = emptyMatrix(2);
  for (let i = 0; i < count; i++) {
    const place = i * outputLength + label;
    matrix[targets[place]! > 0.5 ? 1 : 0]![outputs[place]! > 0 ? 1 : 0]!++;
  }
  return matrix;
}

function emptyMatrix(classes: number): Float64Array[] {
  return Array.from({ length: classes }, () => new Float64Array(classes));
}

/** Index of the greatest of `length` values from `start` on; the first of equal ones. */
export function greatest(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let j = 1; j < length; j++) if (values[start + j]! > values[start + best]!) best = j;
  return best;
}

/** Share of the examples on the diagonal. */
export function shareOnDiagonal(matrix: ConfusionMatrix): number {
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  return right / total(matrix);
}

/** Mean recall of the classes that have examples. */
export function meanRecall(matrix: ConfusionMatrix): number {
  const recalls = matrix.flatMap((row, i) => {
    const count = sumOf(row);
    return count > 0 ? [row[i]! / count] : [];
  });
  return sumOf(recalls) / recalls.length;
}

/** Mean F1 of the classes that occur as targets or predictions. */
export function macroF1(matrix: ConfusionMatrix): number {
  const seen = matrix.flatMap((row, i) => (sumOf(row) + columnSum(matrix, i) > 0 ? [i] : []));
  return sumOf(seen.map((i) => figuresOf(matrix, i).f1)) / seen.length;
}

/** Figures of one class; undefined ratios are 0. */
export function figuresOf(matrix: ConfusionMatrix, i: number): Omit<ClassFigures, 'name'> {
  const hits = matrix[i]![i]!;
  const count = sumOf(matrix[i]!);
  const named = columnSum(matrix, i);
  return {
    count,
    precision: named > 0 ? hits / named : 0,
    recall: count > 0 ? hits / count : 0,
    f1: count + named > 0 ? (2 * hits) / (count + named) : 0,
  };
}

/** Figures of each class, with the matrix unless it is too large to read. */
export function classReportOf(matrix: ConfusionMatrix, classNames: readonly string[]): ClassReport {
  const nameOf = (i: number) => (classNames.length === matrix.length ? classNames[i]! : String(i));
  return {
    classes: matrix.map((_, i) => ({ name: nameOf(i), ...figuresOf(matrix, i) })),
    ...(matrix.length <= mostClassesOfMatrix && {
      confusionMatrix: matrix.map((row) => Array.from(row)),
    }),
  };
}

function total(matrix: ConfusionMatrix): number {
  return matrix.reduce((sum, row) => sum + sumOf(row), 0);
}

function columnSum(matrix: ConfusionMatrix, column: number): number {
  return matrix.reduce((sum, row) => sum + row[column]!, 0);
}

function sumOf(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
