import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { leafLayers, type ModelLoss } from '@dpquant/gradients';
import { createClippingRule } from '@dpquant/mechanisms';
import { layerArithmetic, type LayerArithmetic } from '@dpquant/quantization';
import type { LayerAssignment } from '@dpquant/scheduling';
import { probeArithmetic } from '../arithmeticProbe.ts';
import { probeGradients, probeIndependence, probeSums } from '../modelProbe.ts';
import { clippedSum } from './clippedSum.ts';
import type { GradientSource, StepRequest } from './gradientSource.ts';
import { groupLosses } from './groupLosses.ts';

export interface LocalSourceOptions {
  /** Computes with its current weights and does not change them. Must pass `validateModel`. */
  readonly model: tfl.LayersModel;
  /** The private examples. */
  readonly training: Dataset;
  readonly loss: ModelLoss;
}

/**
 * Computes in this process, on the current backend. It ignores `weightsVersion` and uses the
 * model's current weights: with the trainer's own model these are the right ones; another instance
 * must be updated by its owner before each request.
 *
 * @throws RangeError from `sum` and `losses`, for a request that does not fit the model or is
 *   inconsistent
 */
export function localSource({ model, training, loss }: LocalSourceOptions): GradientSource {
  const layers = new Set(leafLayers(model).map(({ name }) => name));
  const arithmeticOf = (assignment: LayerAssignment) => {
    requireLayers(assignment, layers);
    return (layer: string): LayerArithmetic => layerArithmetic(assignment.get(layer) ?? 'float32');
  };
  return {
    async probe({ formats, model: probed, sums }) {
      for (const name of formats) await probeArithmetic(layerArithmetic(name));
      if (probed) {
        await probeIndependence(model, training, loss, probed.physicalBatchSize);
        await probeGradients(model, training, loss);
      }
      return sums && probeSums(model, training, loss, formats, sums);
    },

    async sum(request, signal) {
      requireWholeUnits(request);
      const { clipping, randomness, rowsPerUnit, physicalBatchSize } = request;
      const options = {
        loss,
        clipping: createClippingRule(clipping.rule, clipping.clipNorm),
        arithmetic: arithmeticOf(request.assignment),
        randomness,
        rowsPerUnit,
      };
      return clippedSum(model, training, request, physicalBatchSize, options, signal);
    },

    async losses({ groups, assignments, physicalBatchSize }, signal) {
      const options = { loss, arithmetics: assignments.map(arithmeticOf) };
      return groupLosses(model, training, groups, physicalBatchSize, options, signal);
    },
  };
}

/** A layer with another name here would silently run in float32. */
function requireLayers(assignment: LayerAssignment, layers: ReadonlySet<string>): void {
  for (const name of assignment.keys()) {
    if (layers.has(name)) continue;
    throw new RangeError(
      `assignment: expected layers out of ${[...layers].join(', ')}, got "${name}"; give the source a model ` +
        "whose layers have the names of the trainer's",
    );
  }
}

/** A unit with missing rows would be padded, and its gradient divided by too many rows. */
function requireWholeUnits({ rows, views, rowsPerUnit }: StepRequest): void {
  if (rows.length % rowsPerUnit === 0 && views.length === rows.length) return;
  throw new RangeError(
    `request: expected ${rowsPerUnit} rows of each unit and a view of each row, got ${rows.length} rows ` +
      `and ${views.length} views`,
  );
}
