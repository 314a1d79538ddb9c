export {
  arithmeticNames,
  layerArithmetic,
  requirePerExampleScales,
  type LayerArithmetic,
} from './layerArithmetic.ts';
export { dequantize, type Operand } from './operand.ts';
export { conv2dProduct, type Conv2dGeometry } from './products/conv2d.ts';
export type { LinearProduct } from './products/linearProduct.ts';
export { matMulProduct } from './products/matMul.ts';
export { float32Quantizer } from './quantizers/float32.ts';
export { luqFp4Code, luqFp4MaxCode, luqFp4Quantize, luqFp4Quantizer } from './quantizers/luqFp4.ts';
export type { Granularity, Quantizer, Rounding } from './quantizers/quantizer.ts';
