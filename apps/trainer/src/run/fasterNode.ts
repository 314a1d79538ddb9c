import { layerArithmetic, multipliesIntegers } from '@dpquant/quantization';
import type { StartedBackend } from '@dpquant/backends';
import type { TrainOptions } from '../flags/computingOptions.ts';

/**
 * The first Node that compiles byte dots of WebAssembly to the processor's instruction for them.
 */
const nodeWithByteDots = 24;

/**
 * A sentence where a newer Node may multiply a run's codes faster; null where none is known to. On
 * a processor without byte dots it gains nothing, which an older Node cannot tell.
 *
 * @param version of this Node
 */
export function fasterNode(
  { policy, format }: Pick<TrainOptions, 'policy' | 'format'>,
  { name, products }: Pick<StartedBackend, 'name' | 'products'>,
  version = process.versions.node,
): string | null {
  const multiplies = name === 'wasm' && products.arithmetic === 'integer' && policy !== 'full';
  if (!multiplies || !multipliesIntegers(layerArithmetic(format))) return null;
  if (Number(version.split('.')[0]) >= nodeWithByteDots) return null;
  return (
    `Node ${nodeWithByteDots} multiplies codes of ${format} faster on most processors: a private step of resnet18, 90 % of ` +
    'it in luq-fp4, took 0.67 of the time of Node 20, 0.77 of that of Node 22 (docs/benchmarks.md)'
  );
}
