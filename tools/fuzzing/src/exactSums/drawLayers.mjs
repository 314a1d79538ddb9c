/**
 * Layers as plain data. A layer of shape in and shape out; `use` says what a model does with it:
 * `once`, `twice` (its weights are shared) or `beside a shortcut`.
 *
 * @typedef {{kind: string, config: object, use: string}} LayerCase
 */

const mostPixels = 64;
/**
 * Channels that come out of a layer: often as many as come in, seldom more than the vectors and
 * tiles of kernels hold.
 */
function drawWidth(draw, channels) {
  if (draw.chance(0.5)) return channels;
  return draw.chance(0.15) ? draw.integer(6, 40) : draw.integer(1, 5);
}

const divisorsOf = (n) => [1, 2, 3, 4].filter((divisor) => n % divisor === 0);

/** [kind, config, shape of the output] of a layer that takes images [height, width, channels]. */
const imageLayers = {
  conv2d(draw, [height, width, channels]) {
    const filters = drawWidth(draw, channels);
    const kernelSize = [draw.integer(1, 3), draw.integer(1, 3)];
    const isValid = draw.chance(0.3) && kernelSize[0] <= height && kernelSize[1] <= width;
    const strides = draw.chance(0.7) ? 1 : 2;
    const config = { filters, kernelSize, strides, padding: isValid ? 'valid' : 'same' };
    const useBias = draw.chance(0.6);
    const left = (size, kernel) => Math.ceil((isValid ? size - kernel + 1 : size) / strides);
    const shape = [left(height, kernelSize[0]), left(width, kernelSize[1]), filters];
    return [{ ...config, useBias }, shape];
  },
  depthwiseConv2d(draw, [height, width, channels]) {
    const depthMultiplier = channels <= 3 ? draw.integer(1, 2) : 1;
    const config = { kernelSize: draw.integer(1, 3), padding: 'same', depthMultiplier };
    return [{ ...config, useBias: draw.chance(0.6) }, [height, width, channels * depthMultiplier]];
  },
  separableConv2d(draw, [height, width, channels]) {
    const filters = drawWidth(draw, channels);
    const config = { filters, kernelSize: draw.integer(1, 3), padding: 'same' };
    return [{ ...config, useBias: draw.chance(0.6) }, [height, width, filters]];
  },
  conv2dTranspose(draw, [height, width, channels]) {
    const strides = height * width * 4 <= mostPixels ? draw.integer(1, 2) : 1;
    const filters = drawWidth(draw, channels);
    const config = { filters, kernelSize: draw.integer(strides, 3), strides, padding: 'same' };
    const useBias = draw.chance(0.6);
    return [{ ...config, useBias }, [height * strides, width * strides, filters]];
  },
  maxPooling2d(draw, [height, width, channels]) {
    const shape = [Math.ceil(height / 2), Math.ceil(width / 2), channels];
    return [{ poolSize: 2, strides: 2, padding: 'same' }, shape];
  },
};

/** The same of sequences [positions, channels]. */
const sequenceLayers = {
  conv1d(draw, [positions, channels]) {
    const filters = drawWidth(draw, channels);
    const kernelSize = draw.integer(1, 3);
    const isValid = draw.chance(0.3) && kernelSize <= positions;
    const strides = draw.chance(0.7) ? 1 : 2;
    const config = { filters, kernelSize, strides, padding: isValid ? 'valid' : 'same' };
    const left = Math.ceil((isValid ? positions - kernelSize + 1 : positions) / strides);
    return [{ ...config, useBias: draw.chance(0.6) }, [left, filters]];
  },
  selfAttention(draw, shape) {
    const heads = draw.among(divisorsOf(shape[1]));
    return [{ heads, causal: draw.chance(0.5), useBias: draw.chance(0.5) }, shape];
  },
  timeDistributedDense(draw, [positions, channels]) {
    const units = drawWidth(draw, channels);
    return [{ units }, [positions, units]];
  },
};

/** The same of any shape. */
const anyLayers = {
  dense(draw, shape) {
    const channels = shape.at(-1);
    const units = drawWidth(draw, channels);
    const activation = draw.among(['linear', 'relu', 'tanh', 'sigmoid', 'elu']);
    return [{ units, activation, useBias: draw.chance(0.6) }, [...shape.slice(0, -1), units]];
  },
  layerNormalization: (draw, shape) => [{}, shape],
  prelu: (draw, shape) => [{}, shape],
  dropout: (draw, shape) => [{ rate: draw.among([0.1, 0.5]) }, shape],
  gaussianNoise: (draw, shape) => [{ stddev: 0.2 }, shape],
  activation: (draw, shape) => [{ activation: draw.among(['relu', 'tanh']) }, shape],
};

const groupNormalization = (draw, shape) => [
  { groups: draw.among(divisorsOf(shape.at(-1))) },
  shape,
];

/** By the number of axes of what comes in. */
const layersOf = {
  1: anyLayers,
  2: { ...sequenceLayers, ...anyLayers, groupNormalization },
  3: { ...imageLayers, ...anyLayers, groupNormalization },
};

/** TensorFlow.js has no gradient of `tf.unstack` for one part. */
function isTrainable(kind, shape) {
  return kind !== 'timeDistributedDense' || shape[0] > 1;
}

/**
 * A chain of layers.
 *
 * @returns {{layers: LayerCase[], shape: number[]}} with the shape of what comes out of it
 */
export function drawChain(draw, inputShape, length) {
  const layers = [];
  let shape = inputShape;
  for (let i = 0; i < length; i++) {
    const known = layersOf[shape.length];
    const kinds = Object.keys(known).filter((name) => isTrainable(name, shape));
    const kind = draw.among(kinds);
    const [config, after] = known[kind](draw, shape);
    const keepsShape = String(after) === String(shape);
    const use = keepsShape ? draw.among(['once', 'once', 'twice', 'beside a shortcut']) : 'once';
    layers.push({ kind, config, use });
    shape = after;
  }
  return { layers, shape };
}
