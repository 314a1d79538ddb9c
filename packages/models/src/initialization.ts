import * as tfl from '@tensorflow/tfjs-layers';
import { derivePhiloxKey, philoxKeyFromSeed } from '@dpquant/random';

/** What the initial weights of a network depend on. */
export interface NetworkSeed {
  readonly name: string;
  /** Whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** He-normal initial weights (He et al., arXiv 1502.01852) of a layer, from a stream of its own. */
export function heNormal(network: NetworkSeed, layer: string) {
  return tfl.initializers.heNormal({ seed: layerSeed(network, layer) });
}

/**
 * A whole number from 1 to 2⁵² that depends on the seed, the network and the layer, so that neighbouring
 * seeds have no layer's weights in common. Never 0, which TensorFlow.js takes for no seed at all.
 */
export function layerSeed({ name, seed }: NetworkSeed, layer: string): number {
  const [low, high] = derivePhiloxKey(philoxKeyFromSeed(seed), 'initialization', name, layer);
  return (high >>> 12) * 2 ** 32 + low + 1;
}
