import type { PerExampleLoss } from '@dpquant/gradients';

/** Outputs of a model for public examples, with the targets; rows in the same order. */
export interface Outcomes {
  /** Number of examples. */
  readonly count: number;
  /** Outputs of the model, `outputLength` per example: logits if the loss takes logits. */
  readonly outputs: Float32Array;
  readonly outputLength: number;
  /** Targets of the data set, `targetLength` per example. */
  readonly targets: Float32Array;
  readonly targetLength: number;
}

/** A measure of how good outcomes are; NaN where it is not defined. */
export type Metric = (outcomes: Outcomes) => number;

/** Metrics by name; those that are not defined for the examples are NaN. */
export type Metrics = Readonly<Record<string, number>>;

/** Figures of one class or label. Undefined ratios are 0, as in scikit-learn. */
export interface ClassFigures {
  readonly name: string;
  /** Number of examples of it. */
  readonly count: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Figures of each class. */
export interface ClassReport {
  readonly classes: readonly ClassFigures[];
  /**
   * Number of examples by true class (row) and predicted class (column). Left out for labels, since
   * an example may have several, and for more than a hundred classes.
   */
  readonly confusionMatrix?: readonly (readonly number[])[];
}

/** The metric by which two runs are compared. */
export interface TaskScore {
  /** Its name among the task's metrics. */
  readonly metric: string;
  readonly better: 'greater' | 'less';
}

/**
 * What one output of a model learns: the loss, the shape of its targets, and the metrics on public
 * examples. A task of your own is an object of this type.
 */
export interface Task {
  /** Name in messages and records. A resumed run must have a task of the same name. */
  readonly name: string;
  /** One value per example, which depends on that example alone. */
  readonly loss: PerExampleLoss;
  /**
   * Shape of one example's target, or a function from the output's shape to the allowed target
   * shapes. Trailing axes of size 1 are ignored.
   *
   * @throws RangeError with the remedy, for an output shape that does not fit the task
   */
  readonly targetShape:
    readonly number[] | ((outputShape: readonly number[]) => readonly (readonly number[])[]);
  /** The first is the score for early stopping, unless `score` names another. */
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Metric for early stopping. Default: the first one, greater is better. */
  readonly score?: TaskScore;
  /** What one example's target should be, if it is not valid; null if it is. */
  readonly expectedTarget?: (
    target: ArrayLike<number>,
    outputShape: readonly number[],
  ) => string | null;
  /** Figures of each class, for a task with classes. */
  readonly classReport?: (outcomes: Outcomes, classNames: readonly string[]) => ClassReport;
}

/** One task for each output of a model: `severalTasks` makes it. */
export interface SeveralTasks extends Pick<Task, 'name' | 'score'> {
  /** By the name of the output. */
  readonly outputs: Readonly<Record<string, Task>>;
  /** Public factor of each output's loss in the sum of losses. */
  readonly weights: Readonly<Record<string, number>>;
}

/** What a model is to learn. */
export type ModelTask = Task | SeveralTasks;

/** Whether there is one task per output instead of a single task. */
export function isSeveral(task: ModelTask): task is SeveralTasks {
  return 'outputs' in task;
}
