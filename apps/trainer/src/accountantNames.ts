import type { AccountantName } from '@dpquant/accounting';

/** Accountants that the command line offers, the default first. */
export const accountantNames: readonly AccountantName[] = ['rdp'];
