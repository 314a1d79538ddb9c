import type { Accountant } from './accountant.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';

/**
 * Name of an accountant, as on the command line and in files: `pld`, `rdp`, or a registered one.
 */
export type AccountantName = string;

/** Name → factory of every accountant that comes with the package, the default first. */
export const builtInAccountants: ReadonlyMap<AccountantName, () => Accountant> = new Map<
  AccountantName,
  () => Accountant
>([
  ['pld', () => new PldAccountant()],
  ['rdp', () => new RdpAccountant()],
]);

const ownAccountants = new Map<AccountantName, () => Accountant>();

/**
 * Makes an accountant of your own known by its name, for plans, calibration and ledgers. Each ε
 * that is told by it is as true as its bounds are.
 *
 * @param create makes a fresh one, which has composed nothing
 * @throws RangeError for a name that is taken
 */
export function registerAccountant(name: AccountantName, create: () => Accountant): void {
  if (builtInAccountants.has(name) || ownAccountants.has(name)) {
    throw new RangeError(`accountant: "${name}" is taken; choose another name`);
  }
  ownAccountants.set(name, create);
}

/**
 * A fresh accountant: `pld` (the default) is the tight one, `rdp` the fast one.
 *
 * @throws RangeError, with the known names, if there is none of this name
 */
export function createAccountant(name: AccountantName = 'pld'): Accountant {
  const create = builtInAccountants.get(name) ?? ownAccountants.get(name);
  if (!create) {
    const names = [...builtInAccountants.keys(), ...ownAccountants.keys()];
    const known = names.map((each) => `'${each}'`).join(' or ');
    throw new RangeError(`accountant: expected ${known}, got ${JSON.stringify(name)}`);
  }
  return create();
}
