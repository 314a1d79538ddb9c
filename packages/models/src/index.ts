export { densenet121 } from './densenet121.ts';
export { mlp, type MlpOptions } from './mlp.ts';
export { type ImageNetworkOptions, type ModelOptions, type Stem } from './modelOptions.ts';
export { resnet18 } from './resnet18.ts';
export { resnet50 } from './resnet50.ts';
export { smallCnn, type SmallCnnOptions } from './smallCnn.ts';
