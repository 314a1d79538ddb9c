import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { requireTask } from './checkTask.ts';
import type { ClassReport, Metrics, Outcomes, Task } from './task.ts';

/** How well a model does a task. */
export interface Evaluation {
  readonly metrics: Metrics;
  /** Where the task has classes or labels. */
  readonly classReport?: ClassReport;
}

/**
 * The metrics of a task over a data set. Un-noised: use it on public examples only, or treat the
 * figures as outside of the guarantee. NaN for no rows.
 *
 * @throws RangeError for a model or targets that are none of the task
 */
export async function evaluate(
  model: tfl.LayersModel,
  dataset: Dataset,
  task: Task,
  batchSize = 256,
): Promise<Evaluation> {
  requireTask(model, dataset, task);
  const outcomes = await outcomesOf(model, dataset, batchSize);
  const report = dataset.count > 0 && task.classReport?.(outcomes, dataset.classNames);
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

async function outcomesOf(
  model: tfl.LayersModel,
  dataset: Dataset,
  batchSize: number,
): Promise<Outcomes> {
  const { count } = dataset;
  const targetLength = tf.util.sizeFromShape([...dataset.targetShape]);
  const targets = new Float32Array(count * targetLength);
  let outputs = new Float32Array(0);
  for (let start = 0; start < count; start += batchSize) {
    const used = Math.min(batchSize, count - start);
    const rows = Uint32Array.from({ length: used }, (_, i) => start + i);
    const batch = await dataset.read(rows, { size: batchSize });
    const predicted = tf.tidy(() => {
      const inputs = tf.tensor(batch.inputs, [batchSize, ...dataset.inputShape]);
      return model.apply(inputs, { training: false }) as tf.Tensor;
    });
    const values = (await predicted.data()) as Float32Array;
    predicted.dispose();
    const length = values.length / batchSize;
    if (start === 0) outputs = new Float32Array(count * length);
    outputs.set(values.subarray(0, used * length), start * length);
    targets.set(batch.targets.subarray(0, used * targetLength), start * targetLength);
  }
  const outputLength = count > 0 ? outputs.length / count : 0;
  return { count, outputs, outputLength, targets, targetLength };
}
