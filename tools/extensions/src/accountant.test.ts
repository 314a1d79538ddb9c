import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import { PldAccountant, registerAccountant } from '@dpquant/accounting';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** An accountant: the built-in one's bounds, a tenth higher for whoever wants to be careful. */
class CarefulAccountant extends PldAccountant {
  override epsilon(delta: number): number {
    return 1.1 * super.epsilon(delta);
  }
}
registerAccountant('careful', () => new CarefulAccountant());

it('plans and tells ε by an accountant of its own', async () => {
  const run = { ...shortRun, accountant: 'careful' };
  const { epsilon, ledger, delta } = await trainPrivately(classifier(), signs(), run);
  expect(epsilon).toBeLessThanOrEqual(4);
  expect(epsilon).toBeGreaterThan(3.9);
  expect(ledger.spending(delta).total).toBeCloseTo(epsilon / 1.1, 6);
});
