import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { comparisonName } from './comparisonName.ts';

const folder = temporaryFolder();

it('comparisonName stays that of the folder, and is never guessed', () => {
  const name = comparisonName(folder());
  expect(name).toMatch(/^dpquant-[0-9a-f]{8}$/);
  expect(comparisonName(folder())).toBe(name);
  for (const text of ['{', '{}', '{"comparison": "a b"}']) {
    writeFileSync(join(folder(), 'jobs.json'), text);
    expect(() => comparisonName(folder())).toThrow(/jobs\.json: is damaged.*stop them in Ray/);
  }
});
