import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { BackendUnavailableError } from './backend.ts';
import { loadPackage } from './loadPackage.ts';
import type { GpuAccess } from './webgpu/adapter.ts';
import { webGpuOfRuntime } from './webgpu.ts';

const version = '0.6.2';

let dawn: GPU | null = null;

/**
 * WebGPU in Node: its own where it has one (Electron, Deno), else Dawn of the npm package `webgpu`.
 *
 * @param isAuto whether software that stands in for a graphics processor is of no use. Dawn complains about
 *   drivers on standard error, which cannot be kept from it: it is not asked where only software can be found
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
  // Drivers of Vulkan complain on standard error where it is not set.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  const { create, globals } = await loadPackage('webgpu', () => import('webgpu'), version);
  // It has to live as long as its devices.
  dawn ??= create([]);
  const gpu = dawn;
  return {
    gpu,
    remedy: remedies[process.platform] ?? 'update the graphics driver, or use the backend wasm',
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

/** Whether Linux shows a graphics processor: a render node, NVIDIA's own, or that of Windows under WSL. */
function showsGraphicsProcessor(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => /^render/.test(name));
}

const remedies: Readonly<Record<string, string>> = {
  linux:
    'install a Vulkan driver (of the graphics card, or Mesa 25 or newer: apt-get install libvulkan1 ' +
    'mesa-vulkan-drivers), or use the backend wasm',
  darwin: 'macOS needs Metal 2 or newer; use the backend wasm',
  win32: 'update the graphics driver, for Direct3D 12, or use the backend wasm',
};
