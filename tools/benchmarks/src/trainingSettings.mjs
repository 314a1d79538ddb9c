import { models } from './packages.mjs';
import { transformerBlock } from './transformerBlock.mjs';

/**
 * The trainings whose speed is measured: name → {build({inputShape, classes, seed}), inputShape,
 * batch, steps}. Inputs are images, or token ids below `vocabulary` where it is given.
 */
export const trainingSettings = {
  mlp: { build: models.mlp, inputShape: [28, 28, 1], batch: 256, steps: 21 },
  'mlp-32': { build: models.mlp, inputShape: [32, 32, 3], batch: 256, steps: 4 },
  'small-cnn': { build: models.smallCnn, inputShape: [28, 28, 1], batch: 256, steps: 9 },
  'small-cnn-32': { build: models.smallCnn, inputShape: [32, 32, 3], batch: 256, steps: 4 },
  transformer: {
    build: transformerBlock,
    inputShape: [64],
    vocabulary: 1000,
    batch: 32,
    steps: 5,
  },
  resnet20: { build: models.resnet20, inputShape: [28, 28, 1], batch: 128, steps: 3 },
  resnet18: { build: models.resnet18, inputShape: [32, 32, 3], batch: 32, steps: 2 },
  'resnet18-256': { build: models.resnet18, inputShape: [32, 32, 3], batch: 256, steps: 2 },
  resnet50: { build: models.resnet50, inputShape: [32, 32, 3], batch: 8, steps: 2 },
  densenet121: { build: models.densenet121, inputShape: [32, 32, 3], batch: 8, steps: 2 },
};
