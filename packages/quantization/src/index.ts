export {
  bitsPerValue,
  isBlockFormat,
  type BlockFormat,
  type BlockScaleEncoding,
} from './formats/blockFormat.ts';
export {
  bf16,
  fp16,
  fp4E2M1,
  fp6E2M3,
  fp6E3M2,
  fp8E4M3,
  fp8E5M2,
  int4,
  int8,
  luqFp4,
  uint4,
} from './formats/builtInFormats.ts';
export { e8m0 } from './formats/e8m0.ts';
export { floatFormat, type FloatFormat, type FloatSpecification } from './formats/floatFormat.ts';
export { integerFormat, type IntegerSpecification } from './formats/integerFormat.ts';
export {
  codeToHex,
  formatValues,
  roundingModes,
  smallestPositive,
  type CastOptions,
  type FormatValue,
  type NumberFormat,
  type RoundingMode,
} from './formats/numberFormat.ts';
export { formatNames, numberFormat, registerFormat } from './formats/registry.ts';
export {
  arithmeticNames,
  forwardRounding,
  int4LuqArithmetic,
  layerArithmetic,
  multipliesIntegers,
  registerArithmetic,
  requirePerExampleScales,
  uniformArithmetic,
  type LayerArithmetic,
} from './layerArithmetic.ts';
export {
  LayerMultiplication,
  type BackwardProduct,
  type ForwardProduct,
  type LayerMultiplicationOptions,
  type RandomPurpose,
} from './layerMultiplication.ts';
export {
  WeightGradient,
  type SummableGradients,
  type WeightGradientOperands,
} from './weightGradient.ts';
export {
  dequantize,
  operandTensors,
  selectExamples,
  withReadScales,
  type Operand,
  type ReadOperand,
} from './operand.ts';
export { addRounded } from './products/addRounded.ts';
export { conv2dProduct, conv2dTransposeProduct, type Conv2dGeometry } from './products/conv2d.ts';
export {
  gradientNormOperations,
  gradientNormPartOperations,
  type GradientNormAttributes,
  type GradientNormOperands,
} from './products/gradientNormOperations.ts';
export {
  quantizerOperations,
  type QuantizeAttributes,
  type QuantizeFloatsAttributes,
  type QuantizeIntegersAttributes,
} from './quantizers/quantizerOperations.ts';
export { float16Operations } from './products/float16Operations.ts';
export {
  integerOperations,
  type ProductScales,
  type ScaledProductAttributes,
  type WeightedSumAttributes,
} from './products/integerOperations.ts';
export type { LinearProduct, UnfoldedOperands } from './products/linearProduct.ts';
export { transposed } from './products/roundedSum.ts';
export {
  roundedSumOperations,
  type RoundedSumAttributes,
} from './products/roundedSumOperations.ts';
export type { NormMethod } from './products/squaredNorms.ts';
export { matMulProduct } from './products/matMul.ts';
export {
  conv2dTerms,
  matMulTerms,
  referenceProducts,
  type Conv2dTermsOptions,
  type Numbers,
  type ProductTerms,
} from './products/reference.ts';
export {
  asymmetricQuantizer,
  quantizeAsymmetric,
  type AsymmetricCast,
  type AsymmetricCodes,
} from './quantizers/asymmetric.ts';
export {
  blockQuantizer,
  quantizeBlocks,
  type BlockCast,
  type BlockCodes,
  type BlockShape,
} from './quantizers/blocks.ts';
export { ExampleWords } from './quantizers/exampleWords.ts';
export { float32Quantizer } from './quantizers/float32.ts';
export { maximumMagnitude, type RangeRule } from './quantizers/magnitudes.ts';
export { sawbRange } from './quantizers/sawb.ts';
export type { Granularity, Quantizer, RandomStream } from './quantizers/quantizer.ts';
export {
  quantizeScaled,
  scaledQuantizer,
  type ScaledQuantizerOptions,
} from './quantizers/scaled.ts';
export type { ScaledCast, ScaleGroups } from './quantizers/scaledCast.ts';
export { packBits, unpackBits } from './storage/packBits.ts';
export {
  bytesPerValue,
  packArray,
  unpackArray,
  type PackedArray,
  type PackOptions,
} from './storage/packedArray.ts';
