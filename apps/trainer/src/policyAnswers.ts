import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layerInfo } from '@dpquant/gradients';
import { arithmeticNames } from '@dpquant/quantization';
import { SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  defaultFormatSpeedups,
  type ComputeBudget,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import type { PlannedRun, RunConfig } from './runRecords.ts';
import { UsageError } from './usageError.ts';

/** A policy failed, or gave an answer that a run cannot do. */
export class PolicyError extends Error {
  override name = 'PolicyError';
}

/** A policy whose failures and wrong answers are all a PolicyError that names it and the epoch. */
export function checkedPolicy(policy: SchedulePolicy): SchedulePolicy {
  const { name, usesLossImpacts = false } = policy;
  return {
    name,
    usesLossImpacts,
    select(context) {
      try {
        const assignment = checkAssignment(policy.select(context), context, {
          policy: name,
          formats: arithmeticNames(),
        });
        for (const [layer, format] of assignment) requireKnownSpeedup(layer, format);
        return assignment;
      } catch (error) {
        const where = `${name}, epoch ${context.epoch}: `;
        const message = error instanceof Error ? error.message : String(error);
        throw new PolicyError(
          `policy: ${message.startsWith(where) ? '' : where}${withFlag(message)}`,
          { cause: error },
        );
      }
    },
  };
}

/** What a policy is asked before a run. */
export interface PolicyTrial {
  readonly options: RunConfig['options'];
  readonly plan: PlannedRun;
  readonly model: LayersModel;
  readonly budget: ComputeBudget;
}

/**
 * Asks a policy for the first epoch, and one that follows a file for all, so that a budget out of reach or a wrong answer
 * is found before anything is charged. The impacts that it is given are made up.
 *
 * @param policy is not to be used for the run: one that keeps what it drew would draw again
 * @throws UsageError for what the run could not do
 */
export function requireUsablePolicy(policy: SchedulePolicy, trial: PolicyTrial): void {
  const { options, plan, model, budget } = trial;
  const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
  const checked = checkedPolicy(policy);
  const epochs = options.policy === 'fixed' ? Math.ceil(plan.steps / plan.stepsPerEpoch) : 1;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const random = new SeededRandom(options.seed, `schedule of epoch ${epoch}`);
    try {
      checked.select({
        epoch,
        layers,
        budget,
        format: options.format,
        otherFormat: options.otherFormat,
        ...(policy.usesLossImpacts && {
          lossImpacts: new Map(layers.map(({ name }) => [name, 0])),
        }),
        random: () => uniform(random),
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
}

/** The summary of a run has its theoretical speed-up. */
function requireKnownSpeedup(layer: string, format: string): void {
  if (defaultFormatSpeedups.has(format)) return;
  throw new RangeError(
    `layer '${layer}': no speed-up is known of the format '${format}'; choose one of ` +
      [...defaultFormatSpeedups.keys()].join(', '),
  );
}

/** A message about a budget, under the name of its flag. */
function withFlag(message: string): string {
  const flags: Readonly<Record<string, string>> = {
    quantizedFraction: '--quantized-fraction',
    quantizedLayers: '--quantized-layers',
    lowPrecisionShare: '--low-precision-share',
    theoreticalSpeedup: '--target-speedup',
  };
  return message.replace(/^budget\.(\w+)/, (text, kind: string) => flags[kind] ?? text);
}
