import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { builtInModels, createModel, modelsOfAnyWidth } from './builtInModels.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('createModel', () => {
  it('knows every network by its own name', () => {
    expect([...builtInModels.keys()]).toEqual([
      ...['small-cnn', 'mlp', 'resnet18', 'resnet20', 'resnet50', 'densenet121'],
    ]);
    for (const name of ['small-cnn', 'mlp']) {
      const model = createModel(name, { inputShape: [28, 28, 1], classes: 3, seed: 1 });
      expect([model.name, model.outputShape]).toEqual([name, [null, 3]]);
      model.dispose();
    }
  });

  it('makes residual networks of another width, and only those', () => {
    const options = { inputShape: [8, 8, 1], classes: 3, seed: 1, width: 4 } as const;
    for (const name of modelsOfAnyWidth) {
      const model = createModel(name, options);
      expect(model.getLayer('stem').outputShape).toEqual([null, 8, 8, 4]);
      model.dispose();
    }
    expect(() => createModel('mlp', options)).toThrow(
      'width: mlp has none to choose, got 4; leave it out, or take one of resnet18, resnet20, resnet50',
    );
  });

  it('passes the options', () => {
    const options = { inputShape: [4, 4, 1], classes: 3, seed: 1 } as const;
    expect(() => createModel('small-cnn', options)).toThrow(/^small-cnn: .* at least 9×9 pixels/);
  });

  it.each(['luck', '', 'constructor'])('lists the known names for %p', (name) => {
    const options = { inputShape: [28, 28, 1], classes: 3, seed: 1 } as const;
    expect(() => createModel(name, options)).toThrow(
      `model: expected one of small-cnn, mlp, resnet18, resnet20, resnet50, densenet121, got '${name}'`,
    );
  });
});
