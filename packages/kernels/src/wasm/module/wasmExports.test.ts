import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const script = join(__dirname, '..', '..', '..', 'wasm', 'signatures.mjs');

it('has the signatures that the compiler finds in the sources', async () => {
  const check = promisify(execFile)(process.execPath, [script, '--check']);
  await expect(check).resolves.toMatchObject({ stderr: '' });
}, 120_000);
