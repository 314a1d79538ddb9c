export type { ModelOptions } from './modelOptions.ts';
export { resnet18, type ResnetOptions } from './resnet18.ts';
export { smallCnn } from './smallCnn.ts';
