import { describe } from '@jest/globals';

declare global {
  /** Name of the adapter that the tests' preset found, or null. */
  var webGpuAdapter: string | null;
  /** Whether it has 16-bit floats. */
  var webGpuHasFloat16: boolean;
}

/**
 * `describe` where there is a WebGPU adapter; elsewhere the tests are skipped, and the preset says
 * so.
 */
export const describeOnWebGpu = globalThis.webGpuAdapter === null ? describe.skip : describe;

/** The same where the adapter has 16-bit floats. */
export const describeWithFloat16 = globalThis.webGpuHasFloat16 ? describe : describe.skip;
