import type { LayersModel } from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { Split } from '@dpquant/data';
import { layerInfo, trainableValueCount } from '@dpquant/gradients';
import { valueAtStep } from '@dpquant/mechanisms';
import { philoxKeyFromSeed } from '@dpquant/random';
import { staticPolicy, type LayerAssignment } from '@dpquant/scheduling';
import {
  defaultPhysicalBatchSize,
  DivergenceError,
  DPTrainer,
  evaluate,
  localSource,
  lossOf,
  taskScore,
  type ModelTask,
  type TaskScore,
} from '@dpquant/training';
import { gradientError, squaredNorm, type GradientError } from './gradientError.ts';
import { operandVariants } from './operandVariants.ts';
import type { RunConfig } from '../run/runRecords.ts';
import { requireSameStart, startingModel } from '../models/startingModel.ts';
import { clippingOf, trainAnew } from '../run/trainAnew.ts';
import { UsageError } from '../flags/usageError.ts';

/** Options of an ablation. */
export interface AblationOptions {
  /** Name of the format or mix whose operands are compared. */
  readonly format: string;
  /** Steps in float32 before gradients are compared. */
  readonly steps: number;
  /** Draws of the random bits of each variant; at least 2. */
  readonly draws: number;
  /** Steps that each variant is trained for, for its score; 0 for none. */
  readonly trainSteps: number;
}

/** What a variant of the quantization costs. Un-noised: outside of any guarantee. */
interface VariantCost extends GradientError {
  readonly variant: string;
  /** Formats of the operands. */
  readonly weights: string;
  readonly activations: string;
  readonly outputGradients: string;
  /** Mean loss of the examples minus that in float32, over the draws. */
  readonly lossDifference: number;
  /**
   * On the public examples, after the training; null without one, where it diverged, and where the
   * metric is not defined.
   */
  readonly score: number | null;
  /** Whether the training came to weights that are not finite. */
  readonly hasDiverged: boolean;
}

export interface OperandAblation {
  readonly format: string;
  /** Public examples whose gradients and losses were compared. */
  readonly examples: number;
  readonly draws: number;
  readonly steps: number;
  readonly trainSteps: number;
  /** L2 norm of the clipped mean gradient in float32. */
  readonly gradientNorm: number;
  /** Expected L2 norm of the noise in a step's mean; 0 without privacy. */
  readonly noiseNorm: number;
  /** Mean loss in float32. */
  readonly loss: number;
  /** The metric that `score` is. */
  readonly scoredBy: TaskScore;
  /** Score of the training in float32; null without a training. */
  readonly score: number | null;
  readonly variants: readonly VariantCost[];
}

/**
 * Which operand of a format costs how much of a run's score. Trains the run's model in float32 for
 * some steps, and then holds each variant of the format, in all layers that can be quantized,
 * against float32: the clipped mean gradient and the loss of the same public examples, and the
 * score of a training of its own, under the same initial weights, batches and noise.
 *
 * @param show called with the progress
 */
export async function ablateOperands(
  config: RunConfig,
  { training, validation, task }: Split & { readonly task: ModelTask },
  ablation: AblationOptions,
  show: (line: string) => void,
): Promise<OperandAblation> {
  const { options, plan, start } = config;
  const { format, steps, draws, trainSteps } = ablation;
  const variants = operandVariants(format);
  const noiseMultiplier = valueAtStep(plan.noiseMultiplier, 0, plan.steps);
  const trained = async (name: string, count: number, what: string) => {
    const { model, record } = await startingModel(options, training);
    requireSameStart(start, record);
    const trainer = new DPTrainer({
      ...trainAnew(config, {
        ...{ model, task, training, noiseMultiplier, steps: count, insecureSeed: options.seed },
        schedule: { policy: staticPolicy(), format: name, budget: { quantizedFraction: 1 } },
      }),
      ledger: new PrivacyLedger({ guarantee: 'none' }),
      callbacks: {
        onStepEnd: ({ step }) => show(`${what}: step ${step + 1}/${count}`),
      },
    });
    await trainer.run();
    return model;
  };

  const model = await trained('float32', steps, 'float32, to the gradients');
  const size = Math.min(options.batchSize, validation.count);
  const look = publicLook(model, { validation, task }, size, options);
  for (const { arithmetic } of variants) {
    await look.source.probe({ formats: [arithmetic.name], model: null, sums: null });
  }
  const exact = await look.gradient('float32', 0);
  const errors: GradientError[] = [];
  for (const [i, { arithmetic, label }] of variants.entries()) {
    show(`gradients: ${label} · ${i + 1}/${variants.length}`);
    const draw = (index: number) => look.gradient(arithmetic.name, index);
    errors.push(await gradientError(exact, draw, draws));
  }
  show('losses');
  const names = ['float32', ...variants.map(({ arithmetic }) => arithmetic.name)];
  const [loss, ...losses] = (await look.losses(names, draws)) as [number, ...number[]];
  const dimension = trainableValueCount(model);
  const noiseNorm =
    (noiseMultiplier * (options.privacy ? options.clipNorm : 0) * Math.sqrt(dimension)) /
    (plan.unitCount * plan.sampleRate);
  model.dispose();

  const scoredBy = taskScore(task);
  const scores: Pick<VariantCost, 'score' | 'hasDiverged'>[] = [];
  for (const [i, name] of names.entries()) {
    if (trainSteps === 0) break;
    const what = `training ${i + 1}/${names.length}, ${i === 0 ? name : variants[i - 1]!.label}`;
    try {
      const own = await trained(name, trainSteps, what);
      const { metrics } = await evaluate(own, validation, task);
      own.dispose();
      const score = metrics[scoredBy.metric]!;
      scores.push({ score: Number.isFinite(score) ? score : null, hasDiverged: false });
    } catch (error) {
      // A variant that cannot be trained is a result too; the others go on.
      if (!(error instanceof DivergenceError)) throw error;
      scores.push({ score: null, hasDiverged: true });
    }
  }
  return {
    ...{ format, examples: size, draws, steps, trainSteps },
    gradientNorm: Math.sqrt(squaredNorm(exact)),
    noiseNorm,
    loss,
    ...{ scoredBy, score: scores[0]?.score ?? null },
    variants: variants.map(({ label, arithmetic }, i) => ({
      variant: label,
      weights: arithmetic.weights.format,
      activations: arithmetic.activations.format,
      outputGradients: arithmetic.outputGradients.format,
      ...errors[i]!,
      lossDifference: losses[i]! - loss,
      ...(scores[i + 1] ?? { score: null, hasDiverged: false }),
    })),
  };
}

/** Gradients and losses of the first public examples, with all layers in one arithmetic. */
function publicLook(
  model: LayersModel,
  { validation, task }: Pick<Split, 'validation'> & { readonly task: ModelTask },
  size: number,
  options: RunConfig['options'],
) {
  const { clipNorm, seed } = options;
  const draw = { unitCount: size, sampleRate: 1 };
  const { physicalBatchSize = defaultPhysicalBatchSize(model, draw) } = options;
  const source = localSource({ model, training: validation, loss: lossOf(model, task) });
  const rows = {
    rows: Uint32Array.from({ length: size }, (_, row) => row),
    views: new Uint32Array(size),
  };
  const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
  const assignment = (name: string): LayerAssignment =>
    new Map(layers.map((layer) => [layer.name, name]));
  const setting = { weightsVersion: 0, physicalBatchSize };
  const key = philoxKeyFromSeed(seed);
  return {
    source,
    /** The clipped mean, flat. */
    async gradient(name: string, step: number): Promise<Float64Array> {
      const { sums, gridUnit } = await source.sum({
        ...{ ...rows, ...setting, rowsPerUnit: 1, randomness: { key, step } },
        assignment: assignment(name),
        clipping: { rule: clippingOf(options), clipNorm },
      });
      const flat = new Float64Array(sums.reduce((count, { length }) => count + length, 0));
      let offset = 0;
      for (const sum of sums) {
        flat.set(sum, offset);
        offset += sum.length;
      }
      return flat.map((value) => (value * gridUnit) / size);
    },
    /** Mean loss of each arithmetic, over examples and draws. */
    async losses(names: readonly string[], draws: number): Promise<number[]> {
      const losses = await source.losses({
        ...setting,
        groups: Array.from({ length: draws }, (_, step) => ({
          ...rows,
          randomness: { key, step },
        })),
        assignments: names.map(assignment),
      });
      return losses.map((all) => all.reduce((sum, value) => sum + value, 0) / all.length);
    },
  };
}

/** @throws UsageError for a format that quantizes nothing */
export function requireQuantizing(format: string): void {
  if (format !== 'float32') return;
  throw new UsageError(
    'format: float32 quantizes nothing that could be taken apart; give another --format',
  );
}
