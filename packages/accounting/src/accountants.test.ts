import { expect, it } from '@jest/globals';
import { builtInAccountants, createAccountant, type AccountantName } from './accountants.ts';
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
  expect(() => createAccountant(name as AccountantName)).toThrow(
    `accountant: expected 'pld' or 'rdp', got "${name}"`,
  );
});
