import type { Accountant } from './accountant.ts';
import { PldAccountant } from './pldAccountant.ts';
import { RdpAccountant } from './rdpAccountant.ts';

/** Accountants by name, as on the command line and in files. */
export type AccountantName = 'pld' | 'rdp';

/**
 * A fresh accountant: `pld` (the default) is the tight one, `rdp` the fast one.
 *
 * @throws RangeError if there is none of this name
 */
export function createAccountant(name: AccountantName = 'pld'): Accountant {
  switch (name) {
    case 'pld':
      return new PldAccountant();
    case 'rdp':
      return new RdpAccountant();
    default:
      throw new RangeError(`accountant: expected 'pld' or 'rdp', got ${JSON.stringify(name)}`);
  }
}
