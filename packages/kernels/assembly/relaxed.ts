export { packByteColumns, packByteColumnsScratch } from './byteColumns';
export {
  byteConv2dGradientNorm,
  byteConv2dGradientNormScratch,
  byteMatMulGradientNorm,
  byteMatMulGradientNormScratch,
  byteWeightGradient,
  byteWeightGradientScratch,
  narrowByteImage,
  narrowedByteImageBytes,
  packByteGradients,
  packedByteGradientBytes,
} from './byteGradients';
export { narrowDotsAreExact, wideDotOffset } from './byteProbe';
export { byteConv2d, byteConv2dScratch, byteMatMul, byteMatMulScratch } from './byteProducts';
