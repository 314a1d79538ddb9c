import { describe, expect, it } from '@jest/globals';
import { fitted, textWidth } from './textWidth.ts';

describe('fitted', () => {
  it('keeps a text that fits, and cuts the middle of a longer one', () => {
    expect(fitted('stage3-block2-conv1', 170)).toBe('stage3-block2-conv1');
    // As in a row of differences, beside its value.
    expect(
      fitted('9 probabilistic luq-fp4 0.75', 326 - 1.1 * textWidth('−0.80 [−1.10, −0.40]')),
    ).toBe('9 probabilistic luq-fp4 0.75');
    const short = fitted('stage3-block2-branch1-projection-conv1', 170);
    expect(short).toMatch(/^stage3-bl.*….*conv1$/);
  });

  it.each(['w'.repeat(300), '漢'.repeat(300), 'i'.repeat(300), 'a\u0000'.repeat(150)])(
    'keeps within the width (%#)',
    (text) => {
      const short = fitted(text, 170);
      expect(textWidth(short)).toBeLessThanOrEqual(170);
      expect(textWidth(short)).toBeGreaterThan(120);
    },
  );
});
