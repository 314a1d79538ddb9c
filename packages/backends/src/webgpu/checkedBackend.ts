import type * as tf from '@tensorflow/tfjs-core';
import type * as webgpu from '@tensorflow/tfjs-backend-webgpu';
import type { DeviceErrors } from './deviceErrors.ts';

type Uniforms = Parameters<webgpu.WebGPUBackend['runWebGPUProgram']>[3];

/**
 * TensorFlow.js's backend on a device, with error checks: it returns no value before the errors of
 * all earlier operations are known. `await tensor.data()` rejects with a `DeviceError` if an
 * earlier operation failed.
 *
 * Values can only be read asynchronously. A tensor that is too large for one binding of the device
 * is a RangeError.
 */
export function checkedBackend(
  { WebGPUBackend: Backend }: typeof webgpu,
  device: GPUDevice,
  info: GPUAdapterInfo,
  errors: DeviceErrors,
): tf.KernelBackend {
  const largest = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);

  class CheckedBackend extends Backend {
    override uploadToGPU(dataId: object): void {
      const { shape, dtype } = this.tensorMap.get(dataId);
      const bytes = shape.reduce((product, size) => product * size, 4);
      if (bytes > largest) {
        throw new RangeError(
          `webgpu: a ${dtype} tensor [${shape.join(', ')}] of ${mebibytes(bytes)} is larger than the ` +
            `${mebibytes(largest)} that this device binds; use a smaller physical batch or the backend wasm`,
        );
      }
      super.uploadToGPU(dataId);
    }

    override runWebGPUProgram(
      program: webgpu.WebGPUProgram,
      inputs: tf.TensorInfo[],
      dtype: tf.DataType,
      uniforms?: Uniforms,
      output?: tf.TensorInfo,
    ): tf.TensorInfo {
      if (errors.first) throw errors.first;
      const [name] = program.shaderKey.split(';') as [string];
      return errors.during(`${name} to [${program.outputShape.join(', ')}]`, () =>
        super.runWebGPUProgram(program, inputs, dtype, uniforms, output),
      );
    }

    override submitQueue(): void {
      errors.during('what was submitted to the device', () => {
        super.submitQueue();
      });
    }

    override async read(dataId: object): Promise<tf.BackendValues> {
      let values: tf.BackendValues;
      try {
        values = await super.read(dataId);
      } catch (error) {
        await errors.settle();
        throw error;
      }
      await errors.settle();
      return values;
    }

    override readSync(dataId: object): tf.BackendValues {
      const { values } = this.tensorMap.get(dataId);
      if (values !== null && values !== undefined) return values;
      throw new Error(
        'webgpu: values cannot be read synchronously (dataSync, arraySync); use await tensor.data()',
      );
    }
  }
  return new CheckedBackend(device, info);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
