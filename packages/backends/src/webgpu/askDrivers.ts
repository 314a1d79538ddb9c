import { spawnSync } from 'node:child_process';

/** The answer of this machine's drivers. */
export interface DriverAnswer {
  /** Description of the adapter that was found, or null. */
  readonly adapter: string | null;
  /** Output of Dawn and the drivers on standard error. */
  readonly complaints: string;
}

const longest = 60_000;

const script = `
  const module = await import(process.argv[1]);
  const { create } = module.create ? module : module.default;
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  const { info } = adapter ?? {};
  process.stdout.write(JSON.stringify(info ? [info.description, info.device, info.architecture].join(' ') : null));
`;

/**
 * Asks the drivers for an adapter in a separate process, because drivers print warnings on standard
 * error that cannot be suppressed, and a driver that crashes ends its process.
 *
 * @param packageUrl URL of the package `webgpu`
 * @returns null if no process can be started
 */
export function askDrivers(packageUrl: string): DriverAnswer | null {
  const { error, signal, status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script, packageUrl],
    { encoding: 'utf8', timeout: longest, env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
  );
  const complaints = stderr?.trim() ?? '';
  if (signal !== null) return { adapter: null, complaints: `a driver ended by ${signal}` };
  if (error || status !== 0) return null;
  return { adapter: JSON.parse(stdout) as string | null, complaints };
}
