import * as tfl from '@tensorflow/tfjs-layers';
import { derivePhiloxKey, philoxKeyFromSeed } from '@dpquant/random';

/** Name and seed of a network, which determine its initial weights. */
export interface NetworkSeed {
  readonly name: string;
  /** Whole number from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** He-normal initializer (He et al., arXiv 1502.01852) of a layer, with its own random stream. */
export function heNormal(network: NetworkSeed, layer: string) {
  return tfl.initializers.heNormal({ seed: layerSeed(network, layer) });
}

/**
 * A seed from 1 to 2⁵² derived from seed, network and layer, so that layers and neighbouring seeds
 * have independent weights. Never 0, which TensorFlow.js takes for a missing seed.
 */
export function layerSeed({ name, seed }: NetworkSeed, layer: string): number {
  const [low, high] = derivePhiloxKey(philoxKeyFromSeed(seed), 'initialization', name, layer);
  return (high >>> 12) * 2 ** 32 + low + 1;
}
