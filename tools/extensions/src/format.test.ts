import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import { floatFormat, numberFormat, registerFormat } from '@dpquant/quantization';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** A number format: five bits of a sign, three exponent bits and one mantissa bit. */
const fields = { exponentBits: 3, mantissaBits: 1, bias: 3, specials: 'none' } as const;
registerFormat(floatFormat({ name: 'fp5-e3m1', ...fields }));

it('trains in a number format of its own', async () => {
  expect(numberFormat('fp5-e3m1')).toMatchObject({ bits: 5 });
  const budget = { quantizedFraction: 1 };
  const run = { ...shortRun, policy: 'static', format: 'fp5-e3m1', budget };
  const { schedule, metrics } = await trainPrivately(classifier(), signs(), run);
  expect(schedule[0]).toMatchObject({ layers: { hidden: 'fp5-e3m1', logits: 'fp5-e3m1' } });
  expect(metrics.accuracy).toBeGreaterThan(0.8);
});
