import type { OperandAblation } from './operandAblation.ts';
import { table } from './table.ts';

/** An ablation as people read it. */
export function ablationLines(found: OperandAblation): string[] {
  const { format, examples, draws, steps, trainSteps, gradientNorm, noiseNorm } = found;
  const isTrained = trainSteps > 0;
  const share = (part: number, whole: number) => (whole > 0 ? (part / whole).toPrecision(3) : '–');
  const percent = (value: number | null) =>
    value === null ? 'diverged' : `${(100 * value).toFixed(2)} %`;
  const inAccuracy = (value: number | null) => (isTrained ? [percent(value)] : []);
  const exact = ['none: float32', ...Array<string>(5).fill('0'), ...inAccuracy(found.accuracy)];
  const rows = found.variants.map(({ variant, bias, scatter, lossDifference, accuracy }) => [
    variant,
    share(bias, gradientNorm),
    share(scatter, gradientNorm),
    share(bias, noiseNorm),
    share(scatter, noiseNorm),
    lossDifference.toPrecision(3),
    ...inAccuracy(accuracy),
  ]);
  const headings = ['bias/‖ḡ‖', 'scatter/‖ḡ‖', 'bias/‖n‖', 'scatter/‖n‖', 'loss +'];
  return [
    'Outside the privacy guarantee.',
    '',
    `What of ${format} is used in all layers, on ${examples} public examples after ${steps} steps in float32, ${draws} draws:`,
    `‖ḡ‖₂ ${gradientNorm.toPrecision(3)}, ‖n‖₂ ${noiseNorm.toPrecision(3)}, loss ${found.loss.toPrecision(4)}`,
    '',
    ...table(
      [
        ['quantized', ...headings, ...(isTrained ? [`after ${trainSteps} steps`] : [])],
        exact,
        ...rows,
      ],
      { left: [0] },
    ),
  ];
}
