import { expect, it } from '@jest/globals';
import { Progress } from './progress.ts';
import type { ReportedRun } from './runMessages.ts';
import { recorder } from '../testing/recordedCommand.ts';

it('says once that sums are not exact, and nothing where they are', () => {
  const { terminal, err } = recorder();
  const progress = new Progress(terminal, { backend: { name: 'webgpu' } } as ReportedRun);
  const exact = { arithmetic: 'exact' } as const;
  progress.onProbe({ arithmetic: 'exact', before: null, found: exact });
  expect(err).toEqual([]);
  const found = { arithmetic: 'float', reason: 'the loss differs', format: 'int8' } as const;
  progress.onProbe({ arithmetic: 'float', before: 'exact', found });
  progress.onProbe({ arithmetic: 'float', before: 'float', found });
  progress.onProbe({ arithmetic: 'float', before: 'float', found: exact });
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(/^Sums are not exact on the backend webgpu in int8 \(the loss differs\)/);
});
