import { kernelRates } from './gpuKernels.mjs';
import { measureTraining } from './measureTraining.mjs';
import { backends } from './packages.mjs';

/**
 * WebGPU on a graphics processor: are the kernels right there, and how fast are they and whole
 * steps. Software that stands in for one is refused, since its speed says nothing, unless
 * DPQUANT_GPU_SOFTWARE is set, to try this out.
 */
export default {
  name: 'gpu',
  description: 'kernels and training steps on a graphics processor, by WebGPU',

  async run({ log }) {
    const { device, isSoftware, features, products } = await backends.startBackend('webgpu');
    const isTrial = process.env.DPQUANT_GPU_SOFTWARE !== undefined;
    if (isSoftware && !isTrial) {
      throw new Error(`${device}: expected a graphics processor; its speed would say nothing`);
    }
    log(
      `${device}; ${JSON.stringify(features)}; products: ${products.arithmetic} (${products.reason})`,
    );
    // Both kinds of products, whichever it chose.
    await backends.startBackend('webgpu', { products: 'integer' });
    const rows = [];
    // As on the smallest of processors, where it only has to be seen that all of it runs.
    const [scale, seconds] = isTrial ? [1 / 32, 0.1] : [1, 2];
    for await (const row of kernelRates(scale, seconds)) {
      log(`${row.what}: ${row.rate} ${row.unit}`);
      rows.push(row);
    }
    backends.stopBackends();
    const models = isTrial ? ['small-cnn'] : ['small-cnn', 'resnet18-256'];
    for (const model of models) {
      const variants = {
        'not private, float32': ['plain'],
        'private, float32': ['0'],
        'private, luq-fp4': ['100'],
        ...(features.float16 ? { 'private, fp16': ['100', 'fp16'] } : {}),
      };
      for (const [what, [variant, format]] of Object.entries(variants)) {
        log(`${model}, ${what}`);
        const { imagesPerSecond } = measureTraining(model, variant, 1, {
          backend: 'webgpu',
          format,
        });
        rows.push({
          ...{ what: `${model}, ${what}`, unit: 'images/s' },
          ...{ rate: imagesPerSecond, isRight: null },
        });
      }
    }
    return rows;
  },
};
