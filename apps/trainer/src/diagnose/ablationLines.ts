import type { OperandAblation } from './operandAblation.ts';
import { plural } from '../terminal/plural.ts';
import { table } from '../terminal/table.ts';
import { metricText } from '../flags/tasks.ts';

/** An ablation as people read it. */
export function ablationLines(found: OperandAblation): string[] {
  const { format, examples, draws, steps, trainSteps, gradientNorm, noiseNorm } = found;
  const isTrained = trainSteps > 0;
  const share = (part: number, whole: number) => (whole > 0 ? short(part / whole) : '–');
  const { metric, better } = found.scoredBy;
  const scoreText = (value: number | null) => metricText(metric, value).slice(metric.length + 1);
  const scored = (text: string) => (isTrained ? [text] : []);
  const zeros = Array<string>(5).fill('0');
  const exact = ['none: float32', ...zeros, ...scored(scoreText(found.score))];
  const rows = found.variants.map(({ variant, bias, scatter, lossDifference, ...trained }) => [
    variant,
    share(bias, gradientNorm),
    share(scatter, gradientNorm),
    share(bias, noiseNorm),
    share(scatter, noiseNorm),
    short(lossDifference),
    ...scored(trained.hasDiverged ? 'diverged' : scoreText(trained.score)),
  ]);
  const above = ['bias', 'scatter', 'bias', 'scatter', '', ...scored(metric)];
  const below = ['/‖ḡ‖', '/‖ḡ‖', '/‖n‖', '/‖n‖', 'loss +'];
  return [
    'Outside the privacy guarantee.',
    '',
    `Parts of ${format} in all layers, after ${plural(steps, 'step')} in float32:`,
    `${plural(examples, 'public example')}, ${plural(draws, 'draw')} of the rounding, loss ${found.loss.toPrecision(4)},`,
    `gradient ‖ḡ‖ = ${gradientNorm.toPrecision(3)}, noise of a step ‖n‖ = ${noiseNorm.toPrecision(3)}`,
    '',
    ...table(
      [
        ['', ...above],
        ['quantized', ...below, ...scored(plural(trainSteps, 'step'))],
        exact,
        ...rows,
      ],
      { left: [0] },
    ),
    ...(isTrained && better === 'less' ? ['', `${metric}: less is better`] : []),
  ];
}

/** Three decimals, or two digits where those would leave little. */
function short(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 0.01 ? value.toPrecision(2) : value.toFixed(3);
}
