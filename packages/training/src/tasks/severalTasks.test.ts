import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { partsDataset } from '@dpquant/data';
import { softmaxCrossEntropy, type PerExampleLoss } from '@dpquant/gradients';
import { severalExamples, severalPartsModel } from '../testing/severalParts.ts';
import { binary } from './binary.ts';
import { scoreOf } from './checkTask.ts';
import { evaluate } from './evaluate.ts';
import { regression } from './regression.ts';
import { lossOf, severalTasks } from './severalTasks.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const outputs = { side: 'classification', sum: 'regression' };

describe('severalTasks', () => {
  it('weights the loss of each output, in the order of the model', async () => {
    const tasks = severalTasks(
      { sum: 'regression', side: 'classification' },
      { weights: { sum: 4 } },
    );
    expect(tasks.name).toBe('sum=regression × 4, side=classification');
    const [side, sum] = lossOf(severalPartsModel(), tasks) as PerExampleLoss[];
    expect([side!.takesLogits, sum!.takesLogits]).toEqual([true, false]);
    const logits = tf.tensor2d([0.5, -1, 2, 0], [2, 2]);
    const labels = tf.tensor1d([1, 0]);
    expect(await side!(logits, labels).data()).toEqual(
      await softmaxCrossEntropy(logits, labels).data(),
    );
    expect([...(await sum!(tf.tensor2d([[3], [1]]), tf.tensor1d([1, 1])).data())]).toEqual([16, 0]);
  });

  it("has the first task's score by default", () => {
    const first = severalTasks({ sum: 'regression', side: 'classification' });
    expect(first.score).toEqual({ metric: 'sum.r2', better: 'greater' });
    const own = { ...regression(), score: { metric: 'mae', better: 'less' } as const };
    const tasks = severalTasks({ sum: own, side: binary() });
    expect(scoreOf(tasks, { 'sum.r2': 1, 'sum.mae': 3 })).toBe(-3);
    const score = { metric: 'side.f1', better: 'greater' } as const;
    expect(scoreOf(severalTasks(outputs, { score }), { 'side.f1': 0.5 })).toBe(0.5);
  });

  it.each([
    ['one output', () => severalTasks({ side: 'binary' }), /two outputs or more, got 1/],
    ['an unknown task', () => severalTasks({ side: 'binary', sum: 'rank' }), /^task: expected one/],
    [
      'a weight of no output',
      () => severalTasks(outputs, { weights: { age: 1 } }),
      /weights of side, sum, got 1 of age/,
    ],
    ['a weight of 0', () => severalTasks(outputs, { weights: { sum: 0 } }), /got 0 of sum/],
    [
      'a metric of no output',
      () => severalTasks(outputs, { score: { metric: 'accuracy', better: 'greater' } }),
      /as score one of side.accuracy, .*got accuracy/,
    ],
  ])('refuses %s', (_, make, error) => {
    expect(make).toThrow(error);
  });
});

it('evaluate gives each output the metrics that it has in a single-output model', async () => {
  const model = severalPartsModel();
  const { inputs, targets } = severalExamples(100);
  const inputParts = [
    { name: 'right', shape: [2], values: inputs.right },
    { name: 'left', shape: [4], values: inputs.left },
  ];
  const side = { name: 'side', shape: [], values: targets.side, classNames: ['a', 'b'] };
  const sum = { name: 'sum', shape: [], values: targets.sum };
  const data = { name: 'rows', inputs: inputParts };
  const both = partsDataset({ ...data, targets: [sum, side] });
  // Batches that do not divide the examples.
  const { metrics, classReports } = await evaluate(model, both, severalTasks(outputs), 32);
  const alone = async (task: 'side' | 'sum') => {
    const own = tfl.model({
      inputs: model.inputs,
      outputs: model.getLayer(task).output,
    });
    const dataset = partsDataset({ ...data, targets: [task === 'side' ? side : sum] });
    return evaluate(own, dataset, severalTasks(outputs).outputs[task]!);
  };
  const [ofSide, ofSum] = [await alone('side'), await alone('sum')];
  const named = (output: string, all: Readonly<Record<string, number>>) =>
    Object.entries(all).map(([name, value]) => [`${output}.${name}`, value]);
  expect(Object.entries(metrics)).toEqual([
    ...named('side', ofSide.metrics),
    ...named('sum', ofSum.metrics),
  ]);
  expect(classReports).toEqual({ side: ofSide.classReport });
  expect(ofSide.classReport!.classes.map(({ name }) => name)).toEqual(['a', 'b']);
});
