import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** Makes a folder for each test, passes its path to `tell`, and removes it after the test. */
export function inTemporaryFolder(tell: (path: string) => void): void {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
    tell(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));
}
