import { describe, expect, it } from '@jest/globals';
import { askDrivers } from './askDrivers.ts';

/** The address of a package `webgpu` whose requestAdapter does this. */
const packageThat = (requestAdapter: string) =>
  `data:text/javascript,${encodeURIComponent(
    `export const create = () => ({ async requestAdapter() { ${requestAdapter} } });`,
  )}`;

const info = "{ info: { description: 'Card', device: '', architecture: 'new' } }";

describe('askDrivers', () => {
  it('gives the adapter, and keeps what drivers write', () => {
    const quiet = askDrivers(packageThat(`return ${info};`));
    expect(quiet).toEqual({ adapter: 'Card  new', complaints: '' });
    const loud = askDrivers(packageThat(`console.error('Warning: old'); return ${info};`));
    expect(loud).toEqual({ adapter: 'Card  new', complaints: 'Warning: old' });
  });

  it('gives no adapter where there is none, and where a driver takes the process along', () => {
    const none = askDrivers(packageThat("console.error('Warning: old'); return null;"));
    expect(none).toEqual({ adapter: null, complaints: 'Warning: old' });
    const crash = askDrivers(packageThat("process.kill(process.pid, 'SIGSEGV'); for (;;);"));
    expect(crash).toEqual({ adapter: null, complaints: 'a driver ended by SIGSEGV' });
  });

  it('says nothing where the package cannot be asked', () => {
    expect(askDrivers('file:///nowhere/webgpu.js')).toBeNull();
  });
});
