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
 * Registers a custom accountant by its name, for plans, calibration and ledgers. Its ε values are
 * only as correct as its bounds.
 *
 * @param create makes a new accountant without events
 * @throws RangeError for a name that is taken
 */
export function registerAccountant(name: AccountantName, create: () => Accountant): void {
  if (builtInAccountants.has(name) || ownAccountants.has(name)) {
    throw new RangeError(`accountant: "${name}" is taken; choose another name`);
  }
  ownAccountants.set(name, create);
}

/**
 * A new accountant: `pld` (the default) is tight, `rdp` is fast.
 *
 * @throws RangeError that lists the known names, for an unknown one
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
