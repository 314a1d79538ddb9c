import type { Accountant } from './accountant.ts';
import { RdpAccountant } from './rdpAccountant.ts';

/** Accountants by name, as on the command line and in files. */
export type AccountantName = 'rdp';

/**
 * A fresh accountant.
 *
 * @throws RangeError if there is none of this name
 */
export function createAccountant(name: AccountantName = 'rdp'): Accountant {
  switch (name) {
    case 'rdp':
      return new RdpAccountant();
    default:
      throw new RangeError(`accountant: expected 'rdp', got ${JSON.stringify(name)}`);
  }
}
