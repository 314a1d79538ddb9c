import { fileURLToPath } from 'node:url';

/** What cells are run by: this program. */
export const program = fileURLToPath(new URL('../../bin/dpquant.js', import.meta.url));
