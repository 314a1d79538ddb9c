import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { inputTensors, outputNamesOf, targetValues } from '../modelParts.ts';
import { requireTask } from './checkTask.ts';
import {
  isSeveral,
  type ClassReport,
  type Metrics,
  type ModelTask,
  type Outcomes,
  type Task,
} from './task.ts';

/** Result of evaluating a model on a task. */
export interface Evaluation {
  /** For several tasks named by output, as `label.accuracy`. */
  readonly metrics: Metrics;
  /** If the task has classes or labels. */
  readonly classReport?: ClassReport;
  /** The same for several tasks, by the name of the output. */
  readonly classReports?: Readonly<Record<string, ClassReport>>;
}

/**
 * The metrics of a task over a data set; NaN for no rows. They have no noise: use public examples
 * only, or treat the figures as outside the guarantee.
 *
 * @throws RangeError for a model or targets that do not fit the task
 */
export async function evaluate(
  model: tfl.LayersModel,
  dataset: Dataset,
  task: ModelTask,
  batchSize = 256,
): Promise<Evaluation> {
  requireTask(model, dataset, task);
  const outcomes = await outcomesOf(model, dataset, batchSize);
  if (!isSeveral(task)) return evaluationOf(task, outcomes[0]!, dataset.classNames);
  const all = Object.entries(task.outputs).map(([output, own]) => {
    const { classNames = [] } = dataset.targetParts!.find(({ name }) => name === output)!;
    const place = outputNamesOf(model).indexOf(output);
    return [output, evaluationOf(own, outcomes[place]!, classNames)] as const;
  });
  const reports = all.flatMap(([output, { classReport }]) =>
    classReport ? [[output, classReport] as const] : [],
  );
  return {
    metrics: Object.fromEntries(
      all.flatMap(([output, { metrics }]) =>
        Object.entries(metrics).map(([name, value]) => [`${output}.${name}`, value]),
      ),
    ),
    ...(reports.length > 0 && { classReports: Object.fromEntries(reports) }),
  };
}

function evaluationOf(task: Task, outcomes: Outcomes, classNames: readonly string[]): Evaluation {
  const report = outcomes.count > 0 && task.classReport?.(outcomes, classNames);
  return { metrics: metricsOf(task, outcomes), ...(report && { classReport: report }) };
}

function metricsOf({ metrics }: Task, outcomes: Outcomes): Metrics {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      outcomes.count > 0 ? metric(outcomes) : NaN,
    ]),
  );
}

/** The outcomes of each output, in the model's order. */
async function outcomesOf(
  model: tfl.LayersModel,
  dataset: Dataset,
  batchSize: number,
): Promise<Outcomes[]> {
  const { count } = dataset;
  const all = model.outputs.map(() => ({
    outputs: new ValueList(count),
    targets: new ValueList(count),
  }));
  for (let start = 0; start < count; start += batchSize) {
    const used = Math.min(batchSize, count - start);
    const rows = Uint32Array.from({ length: used }, (_, i) => start + i);
    const batch = await dataset.read(rows, { size: batchSize });
    const predicted = tf.tidy(() => {
      const inputs = inputTensors(model, batch, dataset);
      return [model.apply(inputs, { training: false }) as tf.Tensor | tf.Tensor[]].flat();
    });
    const targets = targetValues(model, batch, dataset);
    for (const [i, output] of predicted.entries()) {
      const values = await output.data<'float32'>();
      output.dispose();
      all[i]!.outputs.add(values, { start, used, size: batchSize });
      all[i]!.targets.add(targets[i]!, { start, used, size: batchSize });
    }
  }
  return all.map(({ outputs, targets }) => ({
    count,
    ...{ outputs: outputs.values, outputLength: outputs.length },
    ...{ targets: targets.values, targetLength: targets.length },
  }));
}

/** Values of all examples; the first batch determines the number of values per example. */
class ValueList {
  readonly #count: number;
  length = 0;
  values = new Float32Array(0);

  constructor(count: number) {
    this.#count = count;
  }

  add(
    values: Float32Array,
    { start, used, size }: { readonly start: number; readonly used: number; readonly size: number },
  ): void {
    if (start === 0) {
      this.length = values.length / size;
      this.values = new Float32Array(this.#count * this.length);
    }
    this.values.set(values.subarray(0, used * this.length), start * this.length);
  }
}
