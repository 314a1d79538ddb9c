/** What a kind of layer does with the order of features, as far as PyTorch may have another. */
interface LayerKind {
  /** Makes features of its own, whatever the order of those that it takes. */
  readonly makesFeatures?: boolean;
  /**
   * How PyTorch has the values that come out: with the channels first, or as they are here; null
   * where they lie as those that go in.
   */
  readonly channels: 'first' | 'as here' | null;
}

const convolution: LayerKind = { makesFeatures: true, channels: 'first' };
const positions: LayerKind = { channels: 'first' };
const features: LayerKind = { makesFeatures: true, channels: 'as here' };
const elementwise: LayerKind = { channels: null };

/** By the class names of the layers. Others are of unknown kind. */
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
