/** How a kind of layer affects the order of features in PyTorch. */
interface LayerKind {
  /** Whether it makes new features, so that the order of its inputs' features does not matter. */
  readonly makesFeatures?: boolean;
  /**
   * Axis order of its outputs in PyTorch: channels first, or as here; null if it is that of the
   * inputs.
   */
  readonly channels: 'first' | 'as here' | null;
}

const convolution: LayerKind = { makesFeatures: true, channels: 'first' };
const positions: LayerKind = { channels: 'first' };
const features: LayerKind = { makesFeatures: true, channels: 'as here' };
const elementwise: LayerKind = { channels: null };

/** By the class name of the layer. Other classes are of unknown kind. */
export const layerKinds: ReadonlyMap<string, LayerKind> = new Map(
  Object.entries({
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
    Conv2DTranspose: convolution,
    Conv3DTranspose: convolution,
    DepthwiseConv2D: convolution,
    SeparableConv2D: convolution,
    AveragePooling1D: positions,
    AveragePooling2D: positions,
    AveragePooling3D: positions,
    MaxPooling1D: positions,
    MaxPooling2D: positions,
    MaxPooling3D: positions,
    GlobalAveragePooling1D: positions,
    GlobalAveragePooling2D: positions,
    GlobalMaxPooling1D: positions,
    GlobalMaxPooling2D: positions,
    UpSampling2D: positions,
    ZeroPadding2D: positions,
    Cropping2D: positions,
    BatchNormalization: positions,
    GroupNormalization: positions,
    Embedding: features,
    Dense: features,
    LSTM: features,
    GRU: features,
    SimpleRNN: features,
    SelfAttention: features,
    Activation: elementwise,
    ELU: elementwise,
    LeakyReLU: elementwise,
    PReLU: elementwise,
    ReLU: elementwise,
    Softmax: elementwise,
    ThresholdedReLU: elementwise,
    Dropout: elementwise,
    SpatialDropout1D: elementwise,
    GaussianDropout: elementwise,
    GaussianNoise: elementwise,
    AlphaDropout: elementwise,
    LayerNormalization: elementwise,
    Masking: elementwise,
    Rescaling: elementwise,
    Add: elementwise,
    Average: elementwise,
    Concatenate: elementwise,
    Maximum: elementwise,
    Minimum: elementwise,
    Multiply: elementwise,
  }),
);
