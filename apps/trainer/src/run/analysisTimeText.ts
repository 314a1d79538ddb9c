import type { PlanData } from '@dpquant/mechanisms';
import { affordableShareOfTime, analysisShareOfTime } from '@dpquant/sensitivity';

/**
 * Says how much of a run's time its analyses may take, where that is more than they should: few
 * steps cannot pay for the 32 examples that an analysis needs, or others were asked for.
 *
 * @param estimator of the run; nothing is said of `rollout`, whose time is not known beforehand
 */
export function analysisTimeText(
  { analyses, steps, unitCount, sampleRate }: PlanData,
  estimator: string,
): string {
  if (!analyses || estimator !== 'per-example') return '';
  const { count, valueCount } = analyses;
  const training = {
    ...{ steps, batchSize: sampleRate * unitCount },
    ...{ analyses: count, layers: valueCount },
  };
  const share = analysisShareOfTime(training, analyses.sampleRate * unitCount);
  if (share <= 1.05 * affordableShareOfTime) return '';
  return (
    `; of a run this short they may take ${Math.round(100 * share)} % of the time of the steps: more steps or a larger ` +
    '--analysis-interval make it less'
  );
}
