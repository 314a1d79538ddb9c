import type { LayersModel } from '@tensorflow/tfjs-layers';
import { layerInfo } from '@dpquant/gradients';
import type { PlanData } from '@dpquant/mechanisms';
import { arithmeticNames } from '@dpquant/quantization';
import { SeededRandom, uniform } from '@dpquant/random';
import {
  checkAssignment,
  checkProbabilities,
  decisionAt,
  decisionCount,
  decisionName,
  defaultFormatSpeedups,
  type ComputeBudget,
  type SchedulePolicy,
} from '@dpquant/scheduling';
import { firstOwnDecision } from '../flags/fullPrecisionFlags.ts';
import type { RunConfig } from './runRecords.ts';
import { UsageError } from '../flags/usageError.ts';

/** What a policy is tried with before a run. */
export interface PolicyTrial {
  readonly options: RunConfig['options'];
  readonly plan: Pick<PlanData, 'steps' | 'stepsPerEpoch'>;
  readonly model: LayersModel;
  readonly budget: ComputeBudget;
}

/**
 * Asks a policy for its first own decision (`fixed`: for all), with loss impacts of 0, so that an
 * unreachable budget or an invalid answer is found before anything is charged.
 *
 * @param policy is not to be used for the run: one that keeps what it drew would draw again
 * @throws UsageError for what the run could not do
 */
export function requireUsablePolicy(policy: SchedulePolicy, trial: PolicyTrial): void {
  const { options, plan, model, budget } = trial;
  const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
  const { steps, stepsPerEpoch } = plan;
  const length = { steps, stepsPerEpoch, interval: options.scheduleInterval };
  const first = firstOwnDecision(options, plan);
  const end = options.policy === 'fixed' ? decisionCount(length) : first + 1;
  for (let index = first; index < end; index++) {
    const place = decisionAt(length, index);
    const seed = options.scheduleSeed ?? options.seed;
    const random = new SeededRandom(seed, `schedule of ${decisionName(place)}`);
    try {
      const context = {
        ...place,
        layers,
        budget,
        format: options.format,
        otherFormat: options.otherFormat,
        formatSpeedups: defaultFormatSpeedups,
        ...(policy.usesLossImpacts && {
          lossImpacts: new Map(layers.map(({ name }) => [name, 0])),
        }),
        random: () => uniform(random),
      };
      checkProbabilities(policy.probabilities?.(context) ?? null, context, { policy: policy.name });
      checkAssignment(policy.select(context), context, {
        policy: policy.name,
        formats: arithmeticNames(),
        formatSpeedups: defaultFormatSpeedups,
      });
    } catch (error) {
      const { message } = error as Error;
      const where = `${policy.name}, ${decisionName(place)}: `;
      throw new UsageError(`policy: ${message.startsWith(where) ? '' : where}${withFlag(message)}`);
    }
  }
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
