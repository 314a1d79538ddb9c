import {
  BackendUnavailableError,
  productRequests,
  type IntegerProducts,
  type ProductArithmetic,
  type ProductChoice,
  type ProductRequest,
  type ProductTimes,
} from './backend.ts';

/**
 * Float32 must take less than this fraction of the time: integers are exact for sums of any length,
 * and between almost equal times the choice would vary from start to start.
 */
const clearlyFaster = 0.9;

/** The arithmetic to use, given both times. */
export function fasterProducts({ integer, float32 }: ProductTimes): ProductArithmetic {
  return float32 < clearlyFaster * integer ? 'float32' : 'integer';
}

/** The choice based on a measurement. */
export function measuredChoice(milliseconds: ProductTimes): ProductChoice {
  const inWords = (time: number) => `${time.toPrecision(2)} ms`;
  const { integer, float32 } = milliseconds;
  return {
    arithmetic: fasterProducts(milliseconds),
    reason: `measured: ${inWords(integer)} a product in integers, ${inWords(float32)} in float32`,
    milliseconds,
  };
}

const noKernels: IntegerProducts = { missing: 'no kernel multiplies integers there' };

/**
 * Refuses a choice that the backend does not support.
 *
 * @throws RangeError for an unknown name
 * @throws BackendUnavailableError if integers are requested and the backend has no integer kernels
 */
export function requireProducts(
  name: string,
  wanted: ProductRequest,
  products: IntegerProducts = noKernels,
): void {
  if (!productRequests.includes(wanted)) {
    throw new RangeError(
      `products: expected one of ${productRequests.join(', ')}, got "${wanted}"`,
    );
  }
  if (wanted === 'integer' && 'missing' in products) {
    throw new BackendUnavailableError(
      `${name}: ${products.missing}; use the products auto or float32, or the backend wasm`,
    );
  }
}

/**
 * The requested arithmetic, or else the one that the backend prefers; called while its kernels are
 * installed.
 */
export async function chooseProducts(
  wanted: ProductRequest,
  products: IntegerProducts = noKernels,
): Promise<ProductChoice> {
  if (wanted !== 'auto') return { arithmetic: wanted, reason: 'asked for' };
  if ('missing' in products) return { arithmetic: 'float32', reason: products.missing };
  return products.preferred();
}
