import { describe, expect, it } from '@jest/globals';
import { askDrivers } from './askDrivers.ts';

/** URL of a package `webgpu` with this requestAdapter. */
const packageThat = (requestAdapter: string) =>
  `data:text/javascript,${encodeURIComponent(
    `export const create = () => ({ async requestAdapter() { ${requestAdapter} } });`,
  )}`;

const info = "{ info: { description: 'Card', device: '', architecture: 'new' } }";

describe('askDrivers', () => {
  it('returns the adapter, and what drivers write', () => {
    const quiet = askDrivers(packageThat(`return ${info};`));
    expect(quiet).toEqual({ adapter: 'Card  new', complaints: '' });
    const loud = askDrivers(packageThat(`console.error('Warning: old'); return ${info};`));
    expect(loud).toEqual({ adapter: 'Card  new', complaints: 'Warning: old' });
  });

  it('returns no adapter if there is none, or if a driver crashes the process', () => {
    const none = askDrivers(packageThat("console.error('Warning: old'); return null;"));
    expect(none).toEqual({ adapter: null, complaints: 'Warning: old' });
    const crash = askDrivers(packageThat("process.kill(process.pid, 'SIGSEGV'); for (;;);"));
    expect(crash).toEqual({ adapter: null, complaints: 'a driver ended by SIGSEGV' });
  });

  it('returns no text if the package cannot be asked', () => {
    expect(askDrivers('file:///nowhere/webgpu.js')).toBeNull();
  });
});
