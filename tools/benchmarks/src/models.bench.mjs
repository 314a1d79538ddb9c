import { measureTraining } from './measureTraining.mjs';

const models = ['mlp-32', 'small-cnn-32', 'resnet18', 'resnet50', 'densenet121'];
const variants = ['forward', '0', '90'];

/** What each network of the zoo takes at 32×32×3, one thread. */
export default {
  name: 'models',
  description: 'images/s and memory of every network of the zoo at 32×32×3',

  async run({ log }) {
    return models.map((model) => {
      log(model);
      const [forward, float32, quantized] = variants.map((variant) =>
        measureTraining(model, variant, 1),
      );
      return {
        model: model.replace('-32', ''),
        'forward, images/s': forward.imagesPerSecond,
        'private step': float32.imagesPerSecond,
        'with 90 % in luq-fp4': quantized.imagesPerSecond,
        'peak MB forward': forward.megabytes,
        'private step MB': float32.megabytes,
        'with 90 % in luq-fp4 MB': quantized.megabytes,
      };
    });
  },
};
