import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasOpenMpi } from './processes.mjs';

const tests = fileURLToPath(new URL('./engines.test.mjs', import.meta.url));

/** The tests of training on several processes; false where there is no Open MPI. */
export function testMpi() {
  if (!hasOpenMpi()) return false;
  const { status } = spawnSync(process.execPath, ['--test', tests], { stdio: 'inherit' });
  if (status !== 0) throw new Error('a test of Open MPI failed');
  return true;
}
