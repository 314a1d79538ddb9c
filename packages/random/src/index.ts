export { type ExampleKeys } from './exampleKeys.ts';
export { chacha20Block } from './chacha20.ts';
export { ChaChaStream } from './chachaStream.ts';
export { fillGaussian } from './gaussian.ts';
export {
  fillGridNoise,
  gridPairOfWords,
  gridNoiseScale,
  smallestGridDeviation,
  type GridNoiseScale,
} from './gridNoise.ts';
export {
  derivePhiloxKey,
  philox4x32,
  philoxKeyFromSeed,
  requireSeed,
  type PhiloxKey,
} from './philox.ts';
export { SecureRandom } from './secureRandom.ts';
export { SeededRandom, type SeededRandomState } from './seededRandom.ts';
export { uniform, uniformInteger, type RandomSource } from './randomSource.ts';
