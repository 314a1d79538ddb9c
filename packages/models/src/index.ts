export { smallCnn, type ModelOptions } from './smallCnn.ts';
