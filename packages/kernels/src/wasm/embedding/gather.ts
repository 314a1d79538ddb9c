import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

type GatherKernel = KernelOf<typeof tensorflowOperations.gather, WasmBackend>;

/**
 * Copies whole rows where slices of the first axis are gathered, as an embedding does. The stock
 * kernel computes the place of each value.
 *
 * @param stock the backend's own kernel
 */
function gatherKernel(stock: GatherKernel): GatherKernel {
  return (backend, inputs, attributes) => {
    const { x, indices } = inputs;
    const [axis] = tf.util.parseAxisParam(attributes.axis, x.shape);
    const areRows = axis === 0 && attributes.batchDims === 0 && indices.dtype === 'int32';
    const rowSize = tf.util.sizeFromShape(x.shape.slice(1));
    const places = backend.typedArrayFromHeap(indices);
    const isInside = (row: number) => row >= 0 && row < x.shape[0];
    // The stock kernel refuses indices outside of x.
    if (!areRows || rowSize === 0 || x.dtype === 'string' || !places.every(isInside)) {
      return stock(backend, inputs, attributes);
    }
    const gathered = backend.makeOutput([...indices.shape, ...x.shape.slice(1)], x.dtype);
    // Allocating the output may have grown the memory, which invalidates existing views.
    const [rows, source] = [backend.typedArrayFromHeap(indices), backend.typedArrayFromHeap(x)];
    const target = backend.typedArrayFromHeap(gathered);
    for (let i = 0; i < rows.length; i++) {
      const start = rows[i]! * rowSize;
      target.set(source.subarray(start, start + rowSize), i * rowSize);
    }
    return gathered;
  };
}

export const gatherWrapper = tensorflowOperations.gather.around(wasmBackend, gatherKernel);
