import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { contribute, layerInfo, type ModelLoss } from '@dpquant/gradients';
import { noClipping, type TrainingPlan } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { DPTrainer, modelTensors, type DPTrainerOptions } from '@dpquant/training';

/** The paper's quantities at one step. Un-noised: outside of any guarantee. */
export interface StepDiagnosis {
  readonly step: number;
  /** L2 norm of the mean of the clipped gradients. */
  readonly gradientNorm: number;
  /** L2 norm of the noise in that mean. */
  readonly noiseNorm: number;
  /** Greatest noise over the greatest entry of the mean: ‖n‖∞/‖ḡ‖∞. */
  readonly infinityRatio: number;
  /** Median over the units drawn of the gradient norm before clipping. */
  readonly rawNorm: number;
}

export type DiagnosedRun = Omit<DPTrainerOptions, 'callbacks' | 'ledger' | 'persistLedger'> & {
  /** Steps from one diagnosis to the next. */
  readonly every: number;
  readonly onStep?: (step: number) => void;
};

/** Trains, and every so many steps records quantities that are not private. */
export async function diagnoseRun({
  every,
  onStep,
  ...options
}: DiagnosedRun): Promise<StepDiagnosis[]> {
  const steps: StepDiagnosis[] = [];
  const trainer = new DPTrainer({
    ...options,
    ledger: new PrivacyLedger(),
    callbacks: {
      onStepEnd({ step, mean }, { clippedSums, norms }) {
        onStep?.(step);
        if (step % every !== 0) return;
        steps.push({ step, ...compare(clippedSums, mean, options.plan), rawNorm: median(norms) });
      },
    },
  });
  await trainer.run();
  return steps;
}

/** Gradient and noise of one released mean. */
function compare(
  sums: ReadonlyMap<string, Float32Array>,
  mean: ReadonlyMap<string, Float32Array>,
  { expectedBatchSize }: TrainingPlan,
): Pick<StepDiagnosis, 'gradientNorm' | 'noiseNorm' | 'infinityRatio'> {
  let gradientSquares = 0;
  let noiseSquares = 0;
  let largestGradient = 0;
  let largestNoise = 0;
  for (const [name, sum] of sums) {
    const released = mean.get(name)!;
    for (let i = 0; i < sum.length; i++) {
      const gradient = sum[i]! / expectedBatchSize;
      const noise = released[i]! - gradient;
      gradientSquares += gradient * gradient;
      noiseSquares += noise * noise;
      largestGradient = Math.max(largestGradient, Math.abs(gradient));
      largestNoise = Math.max(largestNoise, Math.abs(noise));
    }
  }
  return {
    gradientNorm: Math.sqrt(gradientSquares),
    noiseNorm: Math.sqrt(noiseSquares),
    infinityRatio: largestNoise / largestGradient,
  };
}

function median(values: Float64Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  return sorted.length === 0 ? NaN : sorted[sorted.length >> 1]!;
}

/** The error in a layer's mean gradient when the layer is quantized. */
export interface LayerDiagnosis {
  readonly layer: string;
  /** E‖ĝ − E ĝ‖² / ‖g‖² over the rounding: how much it scatters. */
  readonly relativeVariance: number;
  /** ‖E ĝ − g‖² / ‖g‖²: how far it is off on average, the scatter of that average included. */
  readonly relativeBias: number;
}

/**
 * What a format does to each layer's mean gradient, on public examples: the layer quantized by
 * itself, several times with other random bits.
 */
export async function diagnoseLayers(
  model: LayersModel,
  examples: Dataset,
  { loss, format, seed, count = 64, draws = 8 }: DiagnoseLayersOptions,
): Promise<LayerDiagnosis[]> {
  const rows = Array.from({ length: Math.min(count, examples.count) }, (_, row) => row);
  const batch = await examples.read(rows);
  const tensors = {
    ...modelTensors(model, batch, examples),
    mask: batch.mask,
    keys: batch.keys,
  };
  /** The sums of all gradients, by weight name. */
  const gradientsWith = async (low: string | null, step: number) => {
    const { sums } = await contribute(model, tensors, {
      loss,
      clipping: noClipping(),
      arithmetic: (name) => layerArithmetic(name === low ? format : 'float32'),
      randomness: { key: philoxKeyFromSeed(seed), step },
    });
    return sums;
  };
  const exactOfAll = await gradientsWith(null, 0);
  const layers: LayerDiagnosis[] = [];
  for (const { name: layer, quantizable } of layerInfo(model)) {
    if (!quantizable) continue;
    const names = model
      .getLayer(layer)
      .trainableWeights.map((weight) => (weight.read() as tf.Variable).name);
    const ownOf = (sums: typeof exactOfAll) => names.flatMap((name) => [...sums.get(name)!]);
    const exact = ownOf(exactOfAll);
    const drawn: number[][] = [];
    for (let draw = 0; draw < draws; draw++) drawn.push(ownOf(await gradientsWith(layer, draw)));
    const mean = exact.map((_, i) => drawn.reduce((sum, values) => sum + values[i]! / draws, 0));
    const scale = squaredDistance(exact);
    const scatter = drawn.reduce((sum, values) => sum + squaredDistance(values, mean), 0);
    layers.push({
      layer,
      relativeVariance: scatter / (draws - 1) / scale,
      relativeBias: squaredDistance(mean, exact) / scale,
    });
  }
  tf.dispose([tensors.inputs, tensors.targets]);
  return layers;
}

export interface DiagnoseLayersOptions {
  /** Loss of the run's task. */
  readonly loss: ModelLoss;
  readonly format: string;
  readonly seed: number;
  /** Number of examples. Default 64. */
  readonly count?: number;
  /** Number of draws of the random bits. Default 8. */
  readonly draws?: number;
}

/** ‖x − y‖², or ‖x‖² without y. */
function squaredDistance(x: readonly number[], y?: readonly number[]): number {
  return x.reduce((sum, value, i) => sum + (value - (y?.[i] ?? 0)) ** 2, 0);
}
