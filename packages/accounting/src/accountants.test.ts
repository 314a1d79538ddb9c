import { expect, it } from '@jest/globals';
import { builtInAccountants, createAccountant, registerAccountant } from './accountants.ts';
import { calibrateNoiseMultiplier } from './calibration.ts';
import { gaussian, poissonSampled } from './events.ts';
import { PrivacyLedger } from './ledger.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';

it('knows every accountant by name, the tight one by default', () => {
  expect([...builtInAccountants.keys()]).toEqual(['pld', 'rdp']);
  expect(createAccountant('pld')).toBeInstanceOf(PldAccountant);
  expect(createAccountant('rdp')).toBeInstanceOf(RdpAccountant);
  expect(createAccountant()).toBeInstanceOf(PldAccountant);
  expect(createAccountant('rdp')).not.toBe(createAccountant('rdp'));
});

it.each(['luck', '', 'constructor'])('lists the known names for %p', (name) => {
  expect(() => createAccountant(name)).toThrow(
    `accountant: expected 'pld' or 'rdp', got "${name}"`,
  );
});

it('calibrates and computes ε with a custom accountant', () => {
  /** Twice the built-in accountant's answer: still an upper bound, and easy to recognize. */
  class Doubled extends PldAccountant {
    override epsilon(delta: number): number {
      return 2 * super.epsilon(delta);
    }
  }
  registerAccountant('doubled', () => new Doubled());
  const goal = { delta: 1e-5, sampleRate: 0.01, steps: 100 };
  const own = calibrateNoiseMultiplier({ ...goal, epsilon: 2, accountant: 'doubled' });
  const usual = calibrateNoiseMultiplier({ ...goal, epsilon: 1 });
  expect(own / usual).toBeCloseTo(1, 4);

  const ledger = new PrivacyLedger();
  ledger.record(poissonSampled(0.01, gaussian(own)), 'training', 100);
  const { total } = ledger.spending(1e-5, { accountant: 'doubled' });
  expect(total).toBeCloseTo(2, 4);

  expect(() => registerAccountant('doubled', () => new Doubled())).toThrow('is taken');
  expect(() => registerAccountant('pld', () => new Doubled())).toThrow('is taken');
  expect(() => createAccountant('luck')).toThrow("'pld' or 'rdp' or 'doubled'");
});
