import { BackendUnavailableError, noFeatures, type BackendFeatures } from '../backend.ts';

/** How a runtime gives access to graphics processors. */
export interface GpuAccess {
  readonly gpu: GPU;
  /** What to do if there is no adapter. */
  readonly remedy: string;
  /** Defines the global names that TensorFlow.js looks for. */
  install(): void;
}

/** Drivers that compute on the CPU. */
export const softwareDrivers = /swiftshader|llvmpipe|lavapipe|software|basic render|\bwarp\b/i;

/** Features to request from a device if its adapter has them. */
const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

export interface ChosenAdapter {
  readonly adapter: GPUAdapter;
  /** A description. */
  readonly device: string;
  readonly isSoftware: boolean;
  readonly features: BackendFeatures;
}

/**
 * The fastest adapter.
 *
 * @throws BackendUnavailableError if there is none
 */
export async function chooseAdapter({ gpu, remedy }: GpuAccess): Promise<ChosenAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new BackendUnavailableError(`webgpu: no adapter was found; ${remedy}`);
  const { vendor, architecture, device, description } = adapter.info;
  const words = [description, device, architecture, vendor].filter((word) => word !== '');
  const { isFallbackAdapter } = adapter.info as { isFallbackAdapter?: boolean };
  const isSoftware = (isFallbackAdapter ?? false) || softwareDrivers.test(words.join(' '));
  return {
    adapter,
    device: `WebGPU on ${words[0] ?? 'an unnamed adapter'}${isSoftware ? ' (software)' : ''}`,
    isSoftware,
    features: {
      ...noFeatures,
      float16: adapter.features.has('shader-f16'),
      integerDotProduct:
        (gpu.wgslLanguageFeatures as ReadonlySet<string> | undefined)?.has(
          'packed_4x8_integer_dot_product',
        ) ?? false,
      subgroups: adapter.features.has('subgroups'),
    },
  };
}

/** A device with all features of the adapter that kernels use. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  return adapter.requestDevice({
    label: 'dpquant',
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupSizeZ: limits.maxComputeWorkgroupSizeZ,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
}
