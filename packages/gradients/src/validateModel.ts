import type * as tfl from '@tensorflow/tfjs-layers';
import { isBatchNormalization } from './correctedCalls.ts';
import { leafLayers } from './modelLayers.ts';
import { appliedRule, supportedLayers } from './rules/registry.ts';

/** Why a layer of a model cannot be trained privately. */
export interface ModelProblem {
  readonly layer: string;
  readonly className: string;
  readonly reason: string;
  readonly remedy: string;
}

type Refusal = readonly [reason: string, remedy: string];

/** Why a recurrent layer cannot be trained; null if it can. A frozen one must not have dropout. */
function recurrentProblem(layer: tfl.layers.Layer): Refusal | null {
  if (!recurrent.has(layer.getClassName())) return null;
  if (layer.trainable) {
    return [
      'recurrent layers have no rule for per-example gradients',
      'use Conv1D or a model without recurrence instead, or freeze it with trainable = false',
    ];
  }
  const { cell } = layer as { cell?: Cell };
  const cells = cell?.cells ?? (cell ? [cell] : []);
  if (!cells.some(({ dropout, recurrentDropout }) => Boolean(dropout) || Boolean(recurrentDropout)))
    return null;
  return [
    'its dropout depends on the position in the batch',
    'use dropout: 0 and recurrentDropout: 0',
  ];
}

/** The cell of a recurrent layer. */
interface Cell {
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  readonly cells?: readonly Cell[];
}

const recurrent = new Set(['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'ConvLSTM2D']);

/** All reasons why a model cannot be trained privately; an empty list if it can be. */
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

    if (className === 'AlphaDropout') {
      add('its mask depends on the position in the batch', 'use Dropout');
      continue;
    }
    const ofRecurrence = recurrentProblem(layer);
    if (ofRecurrence) {
      add(...ofRecurrence);
      continue;
    }
    if (isBatchNormalization(layer)) {
      if (layer.trainableWeights.length > 0) {
        add(
          'batch statistics make every example depend on the others',
          'use GroupNormalization instead, or freeze it with trainable = false',
        );
      }
    } else {
      const rule = appliedRule(layer);
      if (!rule && layer.trainableWeights.length > 0) {
        add(
          'it has weights and no rule for per-example gradients',
          `give it one with registerLayerRule, freeze it with trainable = false, or build the model of ` +
            `layers that have one: ${supportedLayers().join(', ')}`,
        );
      }
      const problem = rule?.problem?.(layer);
      if (problem) add(problem, 'change the layer');
    }
    if ((layer as { stateful?: boolean }).stateful) {
      add('it carries state from batch to batch', 'use stateful: false');
    }
    if ((layer as { activityRegularizer?: unknown }).activityRegularizer) {
      add(
        'TensorFlow.js never applies an activity regularizer',
        'add what it penalizes to the loss',
      );
    }
    if (layer.trainableWeights.some((weight) => (weight as { constraint?: unknown }).constraint)) {
      add('constraints of weights are not applied after a step', 'use a regularizer instead');
    }
  }
  return problems;
}

/**
 * Requires a model that can be trained privately.
 *
 * @throws Error that lists every problem of the model, with layer, reason and remedy
 */
export function validateModel(model: tfl.LayersModel): void {
  const problems = modelProblems(model);
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ layer, className, reason, remedy }) =>
      `layer "${layer}" (${className}): ${reason}; ${remedy}`,
  );
  throw new Error(`this model cannot be trained privately: ${lines.join('. ')}`);
}
