import { describe } from '@jest/globals';

declare global {
  /** Name of the adapter that the tests' preset found, or null. */
  var webGpuAdapter: string | null;
}

/** `describe` where there is a WebGPU adapter; elsewhere the tests are skipped, and the preset says so. */
export const describeOnWebGpu = globalThis.webGpuAdapter === null ? describe.skip : describe;
