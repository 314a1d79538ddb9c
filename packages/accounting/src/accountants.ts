import type { Accountant } from './accountant.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';

/** Accountants by name, as on the command line and in files. */
export type AccountantName = 'pld' | 'rdp';

/** Name → factory of every accountant that comes with the package, the default first. */
export const builtInAccountants: ReadonlyMap<AccountantName, () => Accountant> = new Map<
  AccountantName,
  () => Accountant
>([
  ['pld', () => new PldAccountant()],
  ['rdp', () => new RdpAccountant()],
]);

/**
 * A fresh accountant: `pld` (the default) is the tight one, `rdp` the fast one.
 *
 * @throws RangeError, with the known names, if there is none of this name
 */
export function createAccountant(name: AccountantName = 'pld'): Accountant {
  const create = builtInAccountants.get(name);
  if (!create) {
    const known = [...builtInAccountants.keys()].map((each) => `'${each}'`).join(' or ');
    throw new RangeError(`accountant: expected ${known}, got ${JSON.stringify(name)}`);
  }
  return create();
}
