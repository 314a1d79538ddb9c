import { afterAll, beforeAll, describe } from '@jest/globals';
import { byteDots } from '../wasm/module/compiledModules.ts';
import { useIntegerDots, type IntegerDots } from '../wasm/integers/integerDots.ts';

const dots = byteDots();

/** The dots that are exact on this runtime and processor. */
export const exactDots: readonly IntegerDots[] = [
  'int16',
  ...(dots?.areNarrowExact ? (['narrow-bytes'] as const) : []),
  ...(dots && dots.wideOffset !== null ? (['wide-bytes'] as const) : []),
];

/** Runs tests with products of integers computed by each of them in turn. */
export function describeWithDots(body: (dots: IntegerDots) => void): void {
  describe.each(exactDots)('by %s', (each) => {
    beforeAll(() => useIntegerDots(each));
    afterAll(() => useIntegerDots(undefined));
    body(each);
  });
}
