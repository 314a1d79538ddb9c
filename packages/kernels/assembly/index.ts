export { conv2dGradientNorm, conv2dGradientNormScratch } from './conv2dGradientNorm';
export { quantizeLuqFp4 } from './luqFp4';
export { matMul, matMulScratch } from './matMul';
export { matMulGradientNorm, matMulGradientNormScratch } from './matMulGradientNorm';
export { packIntegerColumns, packIntegerColumnsScratch } from './integerColumns';
export { integerConv2d, integerConv2dScratch } from './integerConv2d';
export { integerMatMul, integerMatMulScratch } from './integerMatMul';
export {
  integerConv2dGradientNorm,
  integerConv2dGradientNormScratch,
  integerMatMulGradientNorm,
  integerMatMulGradientNormScratch,
} from './integerGradientNorm';
export {
  integerConv2dWeightGradient,
  integerMatMulWeightGradient,
  integerWeightGradientScratch,
  packIntegerGradients,
  packedGradientBytes,
} from './integerWeightGradient';
export { quantizeIntegers } from './quantizeIntegers';
export { quantizerScratch } from './philox';
