import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from './modelLayers.ts';
import { ruleFor, supportedLayers } from './rules/registry.ts';

/** Why a layer of a model cannot be trained privately. */
export interface ModelProblem {
  readonly layer: string;
  readonly className: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Weightless layers whose random numbers do not belong to an example, or that mix examples. */
const unsupportedWeightless: ReadonlyMap<string, string> = new Map([
  ['Dropout', 'its mask depends on the position in the batch'],
  ['SpatialDropout1D', 'its mask depends on the position in the batch'],
  ['AlphaDropout', 'its mask depends on the position in the batch'],
  ['GaussianDropout', 'its noise depends on the position in the batch'],
  ['GaussianNoise', 'its noise depends on the position in the batch'],
]);

/** Everything that stands between a model and private training; an empty list means nothing does. */
export function modelProblems(model: tfl.LayersModel): ModelProblem[] {
  const problems: ModelProblem[] = [];
  const names = new Set<string>();
  for (const layer of leafLayers(model)) {
    const className = layer.getClassName();
    const add = (reason: string, remedy: string) =>
      problems.push({ layer: layer.name, className, reason, remedy });
    if (names.has(layer.name)) {
      add('another layer has the same name, and random bits are keyed by it', 'rename one of them');
    }
    names.add(layer.name);

    const random = unsupportedWeightless.get(className);
    if (random !== undefined) add(random, 'remove the layer');
    if (/^(Sync)?BatchNorm/.test(className)) {
      add(
        'batch statistics make every example depend on the others',
        'use GroupNormalization instead',
      );
    } else if (layer.weights.length > 0) {
      const rule = ruleFor(layer);
      if (!rule) {
        add(
          'it has weights and no rule for per-example gradients',
          `build the model of layers that have one: ${supportedLayers.join(', ')}`,
        );
      } else {
        const problem = rule.problem?.(layer);
        if (problem) add(problem, 'change the layer');
        if (layer.trainableWeights.length !== layer.weights.length) {
          add('it is frozen, which is not supported yet', 'set trainable = true');
        }
      }
    }
    if (layer.inboundNodes.length > 1) {
      add(
        'it is called more than once, and its weights would be shared',
        'use a layer of its own in each place',
      );
    }
    const regularized = layer as { kernelRegularizer?: unknown; biasRegularizer?: unknown };
    if (regularized.kernelRegularizer || regularized.biasRegularizer) {
      add('a regularizer is no part of an example’s loss', 'use weight decay in the optimizer');
    }
  }
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    problems.push({
      layer: model.name,
      className: model.getClassName(),
      reason: `it has ${model.inputs.length} inputs and ${model.outputs.length} outputs`,
      remedy: 'use a model with one of each',
    });
  }
  return problems;
}

/** Throws one error that lists every problem of the model, with layer, reason and remedy. */
export function validateModel(model: tfl.LayersModel): void {
  const problems = modelProblems(model);
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ layer, className, reason, remedy }) =>
      `layer "${layer}" (${className}): ${reason}; ${remedy}`,
  );
  throw new Error(`this model cannot be trained privately: ${lines.join('. ')}`);
}
