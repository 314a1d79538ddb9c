import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from './namedBackend.ts';
import { operation } from './operation.ts';

const cpu = backendNamed<tf.KernelBackend>('cpu');

const scaleParts = operation<{ x: tf.Tensor }, { factors: Float32Array }, tf.Tensor>('ScaleParts');
/** x·factors + shift, and the sum of both. */
const scale = operation<
  { x: tf.Tensor2D; shift?: tf.Tensor },
  { factors: Float32Array },
  readonly [scaled: tf.Tensor2D, total: tf.Scalar]
>('Scale', { otherForm: scaleParts });

const scaleOnCpu = scale.on(cpu, (_backend, { x, shift }, { factors }) => {
  const scaled = tf.add(
    tf.mul(x as tf.Tensor2D, tf.tensor1d(factors)),
    (shift as tf.Tensor) ?? tf.scalar(0),
  );
  return [scaled, tf.sum(scaled)];
});

/** [2, 3] */
const ones = () => tf.ones<tf.Rank.R2>([2, 3]);
const factors = Float32Array.of(1, 2, 3);

beforeAll(() => tf.setBackend('cpu'));
afterEach(() => {
  if (tf.getKernel(scale.name, 'cpu')) tf.unregisterKernel(scale.name, 'cpu');
});

describe('an operation', () => {
  it('runs the kernel of the backend, and returns null if there is none', () => {
    const x = ones();
    expect(scale.hasKernel()).toBe(false);
    expect(scale.run({ x }, { factors })).toBeNull();
    tf.registerKernel(scaleOnCpu);
    expect(scale.hasKernel()).toBe(true);
    const [scaled, total] = scale.run({ x }, { factors })!;
    expect([scaled.shape, [...scaled.dataSync()]]).toEqual([
      [2, 3],
      [1, 2, 3, 1, 2, 3],
    ]);
    expect(total.dataSync()[0]).toBe(12);
  });

  it('passes attributes, and inputs that may be left out', () => {
    const seen: unknown[] = [];
    const config = scale.on(cpu, (backend, inputs, attributes) => {
      seen.push(backend, Object.keys(inputs), attributes.factors);
      return [tf.zeros([1, 1]), tf.scalar(0)];
    });
    tf.registerKernel(config);
    const x = ones();
    scale.run({ x }, { factors });
    scale.run({ x, shift: tf.scalar(1) }, { factors });
    const backend = tf.backend();
    expect(seen).toEqual([backend, ['x'], factors, backend, ['x', 'shift'], factors]);
    expect(seen[2]).toBe(factors);
    expect(cpu.find()).toBe(backend);
    expect(backendNamed('of no such name').find()).toBeNull();
  });

  it('leaks no tensors', () => {
    const x = ones();
    const config = scale.on(cpu, (backend, inputs) => {
      const dataId = backend.write(Float32Array.of(1), [1, 1], 'float32');
      const total = backend.write(Float32Array.of(inputs.x.shape[1]), [], 'float32');
      return [
        { dataId, shape: [1, 1], dtype: 'float32' },
        { dataId: total, shape: [], dtype: 'float32' },
      ];
    });
    tf.registerKernel(config);
    const before = tf.memory().numTensors;
    const results = scale.run({ x }, { factors })!;
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(results[1].dataSync()[0]).toBe(3);
    tf.dispose([...results]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('if required, throws an error that names the operation, the backend and the remedy', () => {
    const x = ones();
    expect(() => scale.require({ x }, { factors })).toThrow(
      'Scale: the backend "cpu" has no kernel of this name; register one, as installKernels of ' +
        '@dpquant/kernels does, or use another backend',
    );
    tf.registerKernel(scaleOnCpu);
    expect(scale.require({ x }, { factors })[1].dataSync()[0]).toBe(12);
  });

  it('can call the kernel from another kernel, or throws an error if there is none', () => {
    expect(() => scale.kernelOf(cpu)).toThrow(/^Scale: the backend "cpu" has no kernel/);
    tf.registerKernel(scaleOnCpu);
    const [, total] = scale.kernelOf(cpu)(cpu.find()!, { x: ones() }, { factors });
    expect((total as tf.Tensor).dataSync()[0]).toBe(12);
  });

  it('is named by its kernels', () => {
    expect(scaleOnCpu).toMatchObject({ kernelName: 'Scale', backendName: 'cpu' });
    expect(scaleOnCpu.operation.name).toBe('Scale');
    expect(scaleOnCpu.operation.otherForm).toBe(scaleParts);
    expect('otherForm' in scaleParts).toBe(false);
  });
});

it('can wrap the kernel registered before, with the same or other inputs and attributes', () => {
  const x = ones();
  const doubled = Float32Array.of(2, 4, 6);
  const wrapper = scale.around(cpu, (stock) => (backend, inputs, attributes) => {
    if (attributes.factors[0] === 1) return stock(backend, inputs, attributes);
    return stock(backend, { ...inputs, shift: tf.scalar(1) }, { factors: doubled });
  });
  expect(wrapper).toMatchObject({ kernelName: 'Scale', backendName: 'cpu' });
  tf.registerKernel({ ...scaleOnCpu, kernelFunc: wrapper.wrap(scaleOnCpu.kernelFunc) });
  const valuesFor = (given: Float32Array) => [
    ...scale.require({ x }, { factors: given })[0].dataSync(),
  ];
  expect(valuesFor(factors)).toEqual([1, 2, 3, 1, 2, 3]);
  expect(valuesFor(Float32Array.of(7, 7, 7))).toEqual([3, 5, 7, 3, 5, 7]);
});

it('checks the types of callers and kernels', () => {
  const x = ones();
  const wrong = () => {
    // @ts-expect-error an input is missing
    scale.run({}, { factors });
    // @ts-expect-error an input of another rank
    scale.run({ x: tf.zeros([2]) }, { factors });
    // @ts-expect-error an unknown input
    scale.run({ x, y: x }, { factors });
    // @ts-expect-error an attribute of another type
    scale.run({ x }, { factors: [1, 2, 3] });
    // @ts-expect-error one result instead of two
    scale.on(cpu, () => tf.scalar(0));
    // @ts-expect-error an attribute that the operation does not have
    scale.on(cpu, (_backend, _inputs, { factor }) => [tf.scalar(factor as number), tf.scalar(0)]);
    // @ts-expect-error what the backend does not have
    scale.on(cpu, (backend) => [backend.result as tf.Tensor, tf.scalar(0)]);
    // @ts-expect-error an attribute that callers need not give
    scale.on(cpu, (_backend, _inputs, more: { factors: Float32Array; rows: number }) => {
      return [tf.scalar(more.rows), tf.scalar(0)];
    });
    // @ts-expect-error a result that is null where there is no kernel
    return scale.run({ x }, { factors })[0];
  };
  // Only compiled.
  expect(wrong).toBeInstanceOf(Function);
});
