import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { softmaxCrossEntropy, type PerExampleLoss } from '@dpquant/gradients';
import { smallTrainer, stripes, stripesModel, weightsOf } from './testing/smallRun.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Divides by the greatest value of the batch. */
class ByGreatest extends tfl.layers.Layer {
  static readonly className: string = 'ByGreatest';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0]!;
    return tf.div(x, tf.max(tf.abs(x)));
  }
}

/** Subtracts the mean of each eight examples, as batch normalization in groups does. */
class GroupsOfEight extends tfl.layers.Layer {
  static readonly className: string = 'GroupsOfEight';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0]!;
    const [count, ...shape] = x.shape as [number, ...number[]];
    if (count % 8 !== 0) return tf.clone(x);
    const groups = tf.reshape(x, [count / 8, 8, ...shape]);
    return tf.reshape(tf.sub(groups, tf.mean(groups, 1, true)), x.shape);
  }
}

/** Stores the mean of the batch in a weight that is not trainable, and changes nothing else. */
class KeepsMean extends tfl.layers.Layer {
  static readonly className = 'KeepsMean';
  kept: tfl.LayerVariable | undefined;
  override build(): void {
    const zeros = tfl.initializers.zeros();
    this.kept = this.addWeight('kept', [], 'float32', zeros, undefined, false);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0]!;
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
  ['takes means of eight examples', GroupsOfEight, /^layer "own" \(GroupsOfEight\): changing/],
  [
    'keeps a mean of the batch',
    KeepsMean,
    /^layer "own" \(KeepsMean\): weight "own\/kept": changes in/,
  ],
] as const)('names a layer that %s before anything is charged', async (_, Own, message) => {
  const model = stripesModel();
  model.add(new Own({ name: 'own' }));
  const before = weightsOf(model);
  const { trainer, ledger } = smallTrainer({ model });
  await expect(trainer.run()).rejects.toThrow(message);
  expect(ledger.entries).toEqual([]);
  expect(weightsOf(model)).toEqual(before);
});

it('names a loss that mixes examples from the third class on before anything is charged', async () => {
  const loss: PerExampleLoss = (logits, targets) =>
    tf.tidy(() => {
      const others = tf.add(1, tf.sum(tf.cast(tf.greaterEqual(targets, 2), 'float32')));
      return tf.div(softmaxCrossEntropy(logits, targets), others);
    });
  const model = stripesModel();
  model.add(tfl.layers.dense({ units: 3, name: 'classes' }));
  const training = { ...stripes(), classNames: ['left', 'right', 'neither'] };
  const { trainer, ledger } = smallTrainer({ model, loss, training });
  await expect(trainer.run()).rejects.toThrow(/^loss.*: changing one example/);
  expect(ledger.entries).toEqual([]);
});
