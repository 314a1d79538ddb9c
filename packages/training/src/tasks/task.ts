import type { PerExampleLoss } from '@dpquant/gradients';

/** What a model gave for public examples, and what was right; rows in one order. */
export interface Outcomes {
  /** Number of examples. */
  readonly count: number;
  /** Outputs of the model, `outputLength` an example: logits where the loss takes logits. */
  readonly outputs: Float32Array;
  readonly outputLength: number;
  /** Targets of the data set, `targetLength` an example. */
  readonly targets: Float32Array;
  readonly targetLength: number;
}

/** A figure that says how good outcomes are; NaN where it is not defined. */
export type Metric = (outcomes: Outcomes) => number;

/** Metrics by name; those that are not defined for the examples are NaN. */
export type Metrics = Readonly<Record<string, number>>;

/** How well a class, or a label, is told. Undefined shares are 0, as in scikit-learn. */
export interface ClassFigures {
  readonly name: string;
  /** Examples that are of it. */
  readonly count: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Classes one by one. */
export interface ClassReport {
  readonly classes: readonly ClassFigures[];
  /**
   * Examples by their class (row) and by the class that the model took them for (column). Left out
   * for labels, of which an example may have several, and beyond a hundred classes.
   */
  readonly confusionMatrix?: readonly (readonly number[])[];
}

/** The metric that says which of two runs is better. */
export interface TaskScore {
  /** Its name among the task's metrics. */
  readonly metric: string;
  readonly better: 'greater' | 'less';
}

/**
 * What one output of a model is to learn: the loss, the targets that go with it, and the metrics by
 * which public examples judge it. A task of your own is an object of this type.
 */
export interface Task {
  /** What messages and records call it. A run that goes on is to have a task of the same name. */
  readonly name: string;
  /** One value an example, which depends on that example alone. */
  readonly loss: PerExampleLoss;
  /**
   * Shape of one example's target; or the shapes that outputs of a shape go with, of which it is
   * one. Axes of size 1 at the end do not count.
   *
   * @throws RangeError with the remedy for outputs that are none of the task
   */
  readonly targetShape:
    readonly number[] | ((outputShape: readonly number[]) => readonly (readonly number[])[]);
  /** The first is what early stopping goes by, unless `score` names another. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** What early stopping goes by. Default: the first metric, greater ones being better. */
  readonly score?: TaskScore;
  /** What one example's target should be, where it is not that; null where it is. */
  readonly expectedTarget?: (
    target: ArrayLike<number>,
    outputShape: readonly number[],
  ) => string | null;
  /** Classes one by one, where there are any. */
  readonly classReport?: (outcomes: Outcomes, classNames: readonly string[]) => ClassReport;
}

/** One task for each output of a model: `severalTasks` makes it. */
export interface SeveralTasks extends Pick<Task, 'name' | 'score'> {
  /** By the name of the output. */
  readonly outputs: Readonly<Record<string, Task>>;
  /** What the loss of each output is multiplied by before all are added; public. */
  readonly weights: Readonly<Record<string, number>>;
}

/** What a model is to learn. */
export type ModelTask = Task | SeveralTasks;

/** Whether there is a task for each output, and not one alone. */
export function isSeveral(task: ModelTask): task is SeveralTasks {
  return 'outputs' in task;
}
