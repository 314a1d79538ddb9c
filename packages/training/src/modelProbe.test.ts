import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stripesModel, smallTrainer, weightsOf } from './testing/smallRun.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Divides by the greatest value of the batch. */
class ByGreatest extends tfl.layers.Layer {
  static readonly className: string = 'ByGreatest';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0] as tf.Tensor;
    return tf.div(x, tf.max(tf.abs(x)));
  }
}

/** Keeps the mean of the batch in a weight that is not trainable, and changes nothing. */
class KeepsMean extends tfl.layers.Layer {
  static readonly className = 'KeepsMean';
  kept: tfl.LayerVariable | undefined;
  override build(): void {
    const zeros = tfl.initializers.zeros();
    this.kept = this.addWeight('kept', [], 'float32', zeros, undefined, false);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0] as tf.Tensor;
    this.kept!.write(tf.mean(x));
    return tf.clone(x);
  }
}

it.each([
  [
    'divides by the greatest value of the batch',
    ByGreatest,
    /^layer "own" \(ByGreatest\): changing/,
  ],
  [
    'keeps a mean of the batch',
    KeepsMean,
    /^layer "own" \(KeepsMean\): weight "own\/kept": changes in/,
  ],
] as const)('a layer that %s is named before anything is charged', async (_, Own, message) => {
  const model = stripesModel();
  model.add(new Own({ name: 'own' }));
  const before = weightsOf(model);
  const { trainer, ledger } = smallTrainer({ model });
  await expect(trainer.run()).rejects.toThrow(message);
  expect(ledger.entries).toEqual([]);
  expect(weightsOf(model)).toEqual(before);
});
