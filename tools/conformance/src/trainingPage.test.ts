import { describe, expect, it } from '@jest/globals';
import { runScript } from './testing/runScript.ts';

interface TrainingPages {
  readonly files: readonly string[];
  /** What TypeScript said. */
  readonly types: string;
  readonly isRequired: boolean;
  /** Why there are none. */
  readonly reason?: string;
  readonly pages?: Readonly<Record<string, { readonly shown: string }>>;
}

const found = runScript('trainingPage.mjs') as TrainingPages;

describe('the page that the README of @dpquant/training shows', () => {
  it('has all of its files, and types that hold', () => {
    expect(found.files).toEqual([
      ...['index.html', 'src/main.ts', 'src/worker.ts', 'vite.config.ts', 'tsconfig.json'],
    ]);
    expect(found.types).toBe('');
  });

  if (!found.pages && !found.isRequired) {
    it.skip(`trains in a worker: ${found.reason}`, () => undefined);
    return;
  }
  it.each([
    ['development', /WebAssembly with SIMD, (\d+ threads|one thread)$/],
    ['production', /WebAssembly with SIMD, (\d+ threads|one thread)$/],
    ['production without headers', /one thread, since the page is not cross-origin isolated$/],
  ])('trains in a worker: %s', (name, device) => {
    expect(found.reason).toBeUndefined();
    const { shown } = found.pages![name]!;
    expect(shown).toMatch(/^ε = 3\.000, accuracy (0\.9\d\d|1\.000), on /);
    expect(shown).toMatch(device);
  });
});
