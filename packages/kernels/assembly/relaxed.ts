export { packByteColumns, packByteColumnsScratch } from './byteColumns';
export { byteDotsAreExact } from './byteProbe';
export { byteConv2d, byteConv2dScratch, byteMatMul, byteMatMulScratch } from './byteProducts';
