import { isObject } from './modelJson.ts';

/** Configuration of a layer in JSON, with Python's field names. */
export type LayerConfig = Readonly<Record<string, unknown>>;

/** Throws an error about a layer. */
export type Refuse = (message: string) => never;

const legacy = 'save the model with tf_keras (TF_USE_LEGACY_KERAS=1) and convert it anew';

/**
 * Fields that TensorFlow.js ignores, with the values for which that makes no difference; with any
 * other value the layer would compute something else.
 */
const passedOver: readonly (readonly [RegExp, string, readonly unknown[]])[] = [
  [/^InputLayer$/, 'sparse', [false, null]],
  [/^InputLayer$/, 'ragged', [false, null]],
  [/^(Separable|Depthwise)?Conv[123]D/, 'groups', [1, null]],
  [/^Conv[23]DTranspose$/, 'output_padding', [null]],
  [/^(Dense|Embedding)$/, 'quantization_config', [null]],
  [/^(Dense|Embedding)$/, 'lora_rank', [null]],
  [/^Global(Average|Max)Pooling[123]D$/, 'keepdims', [false, null]],
  [/^BatchNormalization$/, 'renorm', [false, null]],
  [/^BatchNormalization$/, 'synchronized', [false, null]],
  [/^LayerNormalization$/, 'rms_scaling', [false, null]],
  [/^GroupNormalization$/, 'axis', [-1]],
  [/^GroupNormalization$/, 'center', [true]],
  [/^GroupNormalization$/, 'scale', [true]],
  [/^(SimpleRNN|LSTM|GRU)$/, 'zero_output_for_mask', [false, null]],
  [/^ReLU$/, 'negative_slope', [0, null]],
  [/^ReLU$/, 'threshold', [0, null]],
];

/**
 * Functions that Keras 3 computes differently from TensorFlow.js, and functions with other names.
 */
const otherActivations = ['hard_sigmoid'];
const renamedActivations: Readonly<Record<string, string>> = { silu: 'swish' };

/**
 * Converts a layer's configuration written by Keras 2 or 3 to the form that TensorFlow.js reads.
 *
 * @param refuse called for what TensorFlow.js would compute differently or not at all
 */
export function layerConfig(
  className: string,
  config: LayerConfig,
  isKeras3: boolean,
  refuse: Refuse,
): LayerConfig {
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(config)) {
    for (const [classes, name, values] of passedOver) {
      if (field === name && classes.test(className) && !values.includes(value)) {
        refuse(
          `${field} = ${JSON.stringify(value)}, which TensorFlow.js passes over; expected ` +
            `${JSON.stringify(values[0])}: change the layer, or take another`,
        );
      }
    }
    if (field === 'batch_shape') read['batch_input_shape'] = value;
    else if (field === 'dtype') read[field] = dtypeName(value, refuse);
    else if (/(^|_)activation$/.test(field)) read[field] = activation(value, isKeras3, refuse);
    else if (field.endsWith('_regularizer')) read[field] = regularizer(value);
    else if (field === 'negative_slope' && className === 'LeakyReLU') read['alpha'] = value;
    else read[field] = value;
  }
  return read;
}

/** `float32` of `{module, class_name: 'DTypePolicy', config: {name: 'float32'}}`. */
function dtypeName(value: unknown, refuse: Refuse): unknown {
  if (!isObject(value)) return value;
  const { class_name: className, config } = value;
  const name = isObject(config) ? config['name'] : undefined;
  if (
    /^(DTypePolicy|Policy)$/.test(String(className)) &&
    (name === 'float32' || name === 'int32')
  ) {
    return name;
  }
  return refuse(
    `dtype = ${JSON.stringify(name ?? className)}; expected float32: build the model under that policy ` +
      "(keras.config.set_dtype_policy('float32')), load its weights, and save it",
  );
}

function activation(value: unknown, isKeras3: boolean, refuse: Refuse): unknown {
  const name = isObject(value) && value['class_name'] === 'function' ? value['config'] : value;
  if (typeof name !== 'string') return name;
  if (isKeras3 && otherActivations.includes(name)) {
    refuse(
      `the activation ${name}, which is another function in Keras 3 than in TensorFlow.js; use another`,
    );
  }
  return Object.hasOwn(renamedActivations, name) ? renamedActivations[name] : name;
}

/** TensorFlow.js has one class for L1, L2 and both. */
function regularizer(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['config'])) return value;
  const { class_name: className, config } = value;
  if (className !== 'L1' && className !== 'L2') return value;
  const { l1 = 0, l2 = 0 } = config as { l1?: number; l2?: number };
  return { class_name: 'L1L2', config: { l1, l2 } };
}

/**
 * Converts a layer's calls to the form that TensorFlow.js reads: `[[["conv", 0, 0, {}]]]`. Keras 3
 * writes `[{args: [{class_name: "__keras_tensor__", config: {keras_history: ["conv", 0, 0]}}],
 * kwargs: {}}]`, and counts the calls of a nested model from 0, where TensorFlow.js counts the
 * model's own inputs.
 *
 * @param nested class names of the nested models, by name
 */
export function inboundNodes(
  nodes: unknown,
  nested: ReadonlyMap<string, string>,
  refuse: Refuse,
): unknown {
  if (!Array.isArray(nodes)) return refuse('no list of inbound_nodes; the file is damaged');
  return nodes.map((node: unknown) => {
    if (Array.isArray(node)) return node as unknown;
    const { args, kwargs } = (isObject(node) ? node : {}) as { args?: unknown; kwargs?: unknown };
    if (!Array.isArray(args) || args.length !== 1 || !isObject(kwargs ?? {})) {
      return refuse(`a call with other than one input or list of inputs; ${legacy}`);
    }
    for (const [name, value] of Object.entries(kwargs ?? {})) {
      const isDefault = value === null || (name === 'training' && value === false);
      if (!isDefault) refuse(`a call with ${name} = ${JSON.stringify(value)}; leave it out`);
    }
    const tensors = (Array.isArray(args[0]) ? args[0] : args) as unknown[];
    return tensors.map((tensor) => {
      const { class_name: className, config } = (isObject(tensor) ? tensor : {}) as LayerConfig;
      const history = isObject(config) ? config['keras_history'] : undefined;
      if (className !== '__keras_tensor__' || !Array.isArray(history)) {
        return refuse(`a call with a value that no layer makes; ${legacy}`);
      }
      const [layer, call, output] = history as [string, number, number];
      return [layer, call + (nested.has(layer) ? 1 : 0), output, {}];
    });
  });
}

/**
 * Converts the inputs or outputs of a model to a list of `[layer, node, tensor]`. Keras 3 writes a
 * single one without a list, and counts the calls of nested Sequential models from 0.
 */
export function ends(
  value: unknown,
  nested: ReadonlyMap<string, string>,
  isKeras3: boolean,
  refuse: Refuse,
): unknown {
  if (!Array.isArray(value)) {
    return refuse(
      `named inputs or outputs, ${JSON.stringify(value)?.slice(0, 60)}; give a list of them`,
    );
  }
  if (!isKeras3) return value as unknown;
  const list = (typeof value[0] === 'string' ? [value] : value) as [string, number, number][];
  return list.map(([layer, call, output]) => [
    layer,
    call + (nested.get(layer) === 'Sequential' ? 1 : 0),
    output,
  ]);
}
