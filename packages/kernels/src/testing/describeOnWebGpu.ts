import { describe } from '@jest/globals';

declare global {
  /** Name of the adapter that the tests' preset found, or null. */
  var webGpuAdapter: string | null;
  /** Whether it has 16-bit floats. */
  var webGpuHasFloat16: boolean;
}

/**
 * `describe` if there is a WebGPU adapter; otherwise the tests are skipped, and the preset reports
 * it.
 */
export const describeOnWebGpu = globalThis.webGpuAdapter === null ? describe.skip : describe;

/** The same if the adapter has 16-bit floats. */
export const describeWithFloat16 = globalThis.webGpuHasFloat16 ? describe : describe.skip;
