import { describe, expect, it } from '@jest/globals';
import { ablationLines } from './ablationLines.ts';
import type { OperandAblation } from './operandAblation.ts';
import { operandVariants } from './operandVariants.ts';

const found: OperandAblation = {
  ...{ format: 'luq-fp4', examples: 512, draws: 8, steps: 1, trainSteps: 32 },
  ...{ gradientNorm: 0.25, noiseNorm: 0.5, loss: 0.50381, score: 0.603 },
  scoredBy: { metric: 'accuracy', better: 'greater' },
  variants: operandVariants('luq-fp4').map(({ label }, i) => ({
    ...{ weights: 'luq-fp4', activations: 'luq-fp4', outputGradients: 'luq-fp4' },
    ...{ variant: label, bias: 0.1, scatter: 0.001 * i, lossDifference: -0.0123 },
    ...{ score: i === 0 ? null : 0.61, hasDiverged: i === 0 },
  })),
};

describe('the lines of an ablation', () => {
  const lines = ablationLines(found);

  it('relate bias and scatter to the gradient and to the noise', () => {
    expect(lines).toContain('Parts of luq-fp4 in all layers, after 1 step in float32:');
    const cells = lines.map((line) => line.split(/ {2,}/));
    expect(cells).toContainEqual(['', 'bias', 'scatter', 'bias', 'scatter', 'accuracy']);
    expect(cells).toContainEqual([
      ...['quantized', '/‖ḡ‖', '/‖ḡ‖', '/‖n‖', '/‖n‖', 'loss +', '32 steps'],
    ]);
    expect(cells).toContainEqual(['weights', '0.400', '0', '0.200', '0', '-0.012', 'diverged']);
    expect(cells).toContainEqual([
      ...['activations', '0.400', '0.0040', '0.200', '0.0020', '-0.012', '61.00 %'],
    ]);
  });

  it('fit a terminal of 80 columns', () => {
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('tell of another score what it is', () => {
    const variants = found.variants.map((variant) => ({ ...variant, score: 12.3456 }));
    const scoredBy = { metric: 'mae', better: 'less' } as const;
    const texts = ablationLines({ ...found, variants, scoredBy, score: null });
    expect(texts.find((line) => line.startsWith('activations'))).toMatch(/ 12\.35$/);
    expect(texts.find((line) => line.startsWith('none: float32'))).toMatch(/ –$/);
    expect(texts.at(-1)).toBe('mae: less is better');
  });

  it('name no score where nothing is trained', () => {
    expect(ablationLines({ ...found, trainSteps: 0 }).join()).not.toMatch(/accuracy|diverged|%/);
  });
});
