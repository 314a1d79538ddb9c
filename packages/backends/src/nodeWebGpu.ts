import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import { BackendUnavailableError } from './backend.ts';
import { loadPackage } from './loadPackage.ts';
import { softwareDrivers, type GpuAccess } from './webgpu/adapter.ts';
import { askDrivers } from './webgpu/askDrivers.ts';
import { webGpuOfRuntime } from './webgpu.ts';

const version = '0.6.2';

let dawn: GPU | null = null;

/**
 * WebGPU in Node: the runtime's own if it has one (Electron, Deno), else Dawn of the npm package
 * `webgpu`.
 *
 * @param isAuto whether software that emulates a graphics processor is useless: drivers are then
 *   not asked if only such software can be found
 */
export async function webGpuOfNode(isAuto: boolean): Promise<GpuAccess> {
  const own = (globalThis.navigator as { gpu?: GPU } | undefined)?.gpu;
  if (own && own !== dawn) return webGpuOfRuntime();
  if (isAuto && !showsGraphicsProcessor()) {
    throw new BackendUnavailableError(
      'webgpu: no graphics processor is to be seen under /dev; ask for the backend webgpu by name to try a ' +
        'software driver',
    );
  }
  // Without it, Vulkan drivers print warnings on standard error.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const { create, globals } = await loadPackage('webgpu', () => import('webgpu'), version);
  const remedy =
    remedies[process.platform] ?? 'update the graphics driver, or use the backend wasm';
  if (!dawn) requireAdapter(remedy);
  // It must not be garbage-collected before its devices.
  dawn ??= create([]);
  const gpu = dawn;
  return {
    gpu,
    remedy,
    install() {
      Object.assign(globalThis, globals);
      const navigator = globalThis.navigator ?? {};
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
      if (globalThis.navigator === undefined) {
        Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
      }
    },
  };
}

/**
 * Silences drivers that print warnings although there is an adapter.
 *
 * @throws BackendUnavailableError if the drivers have no adapter
 */
function requireAdapter(remedy: string): void {
  const entry = createRequire(import.meta.url).resolve('webgpu');
  const answer = askDrivers(pathToFileURL(entry).href);
  if (!answer) return;
  const { adapter, complaints } = answer;
  if (adapter === null) {
    const [first] = complaints.replace(/^Warning: /, '').split(/\.?\n/);
    const reason = first && ` (a driver says: ${first})`;
    throw new BackendUnavailableError(`webgpu: no adapter was found${reason}; ${remedy}`);
  }
  // Makes the Vulkan loader skip Mesa's software emulation of a graphics processor.
  if (complaints && !softwareDrivers.test(adapter)) {
    process.env['VK_LOADER_DRIVERS_DISABLE'] ??= '*lvp_icd*';
  }
}

/**
 * Whether Linux shows a graphics processor: a render node, NVIDIA's device, or that of Windows in
 * WSL.
 */
function showsGraphicsProcessor(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true;
  return (
    existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('render'))
  );
}

const remedies: Readonly<Record<string, string>> = {
  linux:
    'install a Vulkan driver (of the graphics card, or Mesa 25 or newer: apt-get install libvulkan1 ' +
    'mesa-vulkan-drivers), or use the backend wasm',
  darwin: 'macOS needs Metal 2 or newer; use the backend wasm',
  win32: 'update the graphics driver, for Direct3D 12, or use the backend wasm',
};
