import { describe, expect, it } from '@jest/globals';
import { binary } from './binary.ts';
import { targetShapesOf } from './checkTask.ts';
import { createTask } from './builtInTasks.ts';
import { classification } from './classification.ts';
import { multilabel } from './multilabel.ts';
import { regression } from './regression.ts';
import type { Outcomes, Task } from './task.ts';

// All figures were computed with scikit-learn 1.9.1 on the same numbers.

const threeOutputs = [
  ...[2.84, -2.56, 0.42, -0.57, 0.35, -0.22, -2.02, -0.23, -0.07, 3.32, 0.23, 0.45],
  ...[-0.28, 0.13, -1.06, 0.41, 0.48, -0.24, 1.76, -0.2, 0.02, 1.55, 0.55, 0.29],
  ...[-0.18, 1.34, 1.94, -0.27, 0.56, 1.0, -0.09, -0.29, 0.88, 0.58, 0.09, 1.47],
];
const firstTwo = threeOutputs.filter((_, i) => i % 3 < 2);
const three = [0, 1, 2, 2, 1, 0, 0, 2, 1, 1, 0, 2];
const two = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0];

function outcomes(outputs: number[], targets: number[]): Outcomes {
  const count = 12;
  return {
    count,
    ...{ outputs: Float32Array.from(outputs), outputLength: outputs.length / count },
    ...{ targets: Float32Array.from(targets), targetLength: targets.length / count },
  };
}

function expectMetrics(task: Task, given: Outcomes, expected: Record<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    expect([name, task.metrics[name]!(given)]).toEqual([name, expect.closeTo(value, 7)]);
  }
}

describe('the metrics of classification are those of scikit-learn', () => {
  const expected = {
    ...{ accuracy: 0.5, balancedAccuracy: 0.5, f1: 0.5052910052910052, rocAuc: 0.71875 },
  };

  it('for class indices, and for one-hot targets', () => {
    expectMetrics(classification(), outcomes(threeOutputs, three), expected);
    const oneHot = three.flatMap((label) => [0, 1, 2].map((other) => Number(other === label)));
    expectMetrics(classification(), outcomes(threeOutputs, oneHot), expected);
  });

  it('where a class has no example', () => {
    const targets = [0, 0, 0, 2, 2, 0, 0, 2, 0, 0, 0, 2];
    const given = outcomes(threeOutputs, targets);
    expectMetrics(classification(), given, { balancedAccuracy: 0.25, f1: 0.1851851851851852 });
    expect(classification().metrics['rocAuc']!(given)).toBeNaN();
    expect(classification().classReport!(given, []).classes[1]).toEqual({
      ...{ name: '1', count: 0, precision: 0, recall: 0, f1: 0 },
    });
  });

  it('for two classes', () => {
    expectMetrics(classification(), outcomes(firstTwo, two), {
      ...{ f1: 0.8333333333333334, rocAuc: 0.9166666666666667 },
    });
  });

  it('class by class, with the confusion matrix', () => {
    const report = classification().classReport!(outcomes(threeOutputs, three), ['a', 'b', 'c']);
    expect(report.confusionMatrix).toEqual([
      [2, 1, 1],
      [0, 2, 2],
      [2, 0, 2],
    ]);
    expect(report.classes).toEqual([
      { name: 'a', count: 4, precision: 0.5, recall: 0.5, f1: 0.5 },
      { name: 'b', count: 4, precision: 2 / 3, recall: 0.5, f1: expect.closeTo(4 / 7, 12) },
      { name: 'c', count: 4, precision: 0.4, recall: 0.5, f1: expect.closeTo(4 / 9, 12) },
    ]);
  });
});

describe('the metrics of binary are those of scikit-learn', () => {
  // Some scores are equal.
  const scores = [0.5, -0.5, 0.5, 1.25, -2, 0.5, -0.5, 3, -1, 0.25, 0, 2];
  const given = outcomes(scores, two);

  it('over all examples', () => {
    expectMetrics(binary(), given, {
      ...{ accuracy: 0.4166666666666667, balancedAccuracy: 0.41666666666666663 },
      ...{ f1: 0.46153846153846156, rocAuc: 0.3194444444444444 },
    });
  });

  it('for classes 0 and 1', () => {
    const { classes, confusionMatrix } = binary().classReport!(given, ['no', 'yes']);
    expect(confusionMatrix).toEqual([
      [2, 4],
      [3, 3],
    ]);
    expect(classes[1]).toMatchObject({ name: 'yes', count: 6, precision: 3 / 7, recall: 0.5 });
  });
});

it('the metrics of multilabel are those of scikit-learn', () => {
  const labels = [
    '101',
    '010',
    '111',
    '000',
    '100',
    '011',
    '100',
    '001',
    '110',
    '001',
    '101',
    '011',
  ];
  const targets = labels.flatMap((row) => Array.from(row, Number));
  const given = outcomes(threeOutputs, targets);
  expectMetrics(multilabel(), given, {
    ...{ accuracy: 0.16666666666666666, f1: 0.5384615384615384, rocAuc: 0.5484126984126984 },
  });
  const { classes, confusionMatrix } = multilabel().classReport!(given, []);
  expect(confusionMatrix).toBeUndefined();
  expect(classes.map(({ count, precision, recall }) => [count, precision, recall])).toEqual([
    [6, 1 / 3, 1 / 3],
    [5, 0.5, 0.8],
    [7, 0.625, 5 / 7],
  ]);
});

describe('the metrics of regression are those of scikit-learn', () => {
  const targets = [
    ...[1, -1, 0.5, 2, 0, 0, -1.5, 1, 2, -0.25, 1, 1],
    ...[0.75, 0.5, -2, -1, 0.25, 1, 1.25, -0.75, 3, 0, 0, 0.5],
  ];

  it('for one output and for several', () => {
    expectMetrics(regression(), outcomes(firstTwo, targets), {
      ...{ mae: 1.3545833236227431, rmse: 1.6321014938593241, r2: -1.1482401357862981 },
    });
    const first = (values: number[]) => values.filter((_, i) => i % 2 === 0);
    expectMetrics(regression(), outcomes(first(firstTwo), first(targets)), {
      ...{ mae: 1.8999999811251957, rmse: 2.298408845295413, r2: -2.102549614882634 },
    });
  });

  it('for a constant target', () => {
    const same = Array<number>(12).fill(2);
    const near = [...same.slice(1), 2.5];
    expectMetrics(regression(), outcomes(near, same), { r2: 0 });
    expectMetrics(regression(), outcomes(same, same), { r2: 1 });
  });
});

describe('a task', () => {
  it('says which outputs and targets fit', () => {
    const shapes = (task: Task) => (outputs: number[]) => targetShapesOf(task, outputs);
    expect(shapes(classification())([3])).toEqual([[], [3]]);
    expect(shapes(binary())([1])).toEqual([[]]);
    expect(shapes(multilabel())([3])).toEqual([[3]]);
    expect(shapes(regression())([2])).toEqual([[2]]);
    expect(() => shapes(classification())([1])).toThrow(/take task 'binary'/);
    expect(() => shapes(binary())([2])).toThrow(/take task 'classification'/);
    expect(() => shapes(multilabel())([1])).toThrow(/take task 'binary'/);
  });

  it('says what a target should be', () => {
    const check = (task: Task, target: number[]) => task.expectedTarget!(target, [3]);
    expect(check(classification(), [2])).toBeNull();
    expect(check(classification(), [3])).toMatch(/^a class index from 0 to 2/);
    expect(check(classification(), [0, 1, 0])).toBeNull();
    expect(check(classification(), [1, 1, 0])).toMatch(/one-hot/);
    expect(check(binary(), [0.5])).toBe('0 or 1');
    expect(check(multilabel(), [1, 0, 2])).toMatch(/labels/);
    expect(check(regression(), [NaN, 1, 1])).toMatch(/finite/);
  });

  it('is found by its name', () => {
    expect(createTask('multilabel').name).toBe('multilabel');
    expect(() => createTask('ranking')).toThrow(/one of classification, binary, multilabel, regr/);
  });
});
