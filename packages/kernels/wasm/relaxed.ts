export { packByteColumns, packByteColumnsScratch } from './integers/byteColumns';
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
} from './integers/byteGradients';
export { narrowDotsAreExact, wideDotOffset } from './integers/byteProbe';
export {
  byteConv2d,
  byteConv2dScratch,
  byteMatMul,
  byteMatMulScratch,
} from './integers/byteProducts';
