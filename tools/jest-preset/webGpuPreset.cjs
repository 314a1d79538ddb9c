'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { tmpdir } = require('node:os');

/**
 * The preset of packages that are tested on WebGPU: the global `webGpuAdapter` is the adapter's
 * name, or null where there is none, and such tests are skipped; `webGpuHasFloat16` says whether
 * its shaders have 16-bit floats. With DPQUANT_REQUIRE_BACKENDS=webgpu the absence of an adapter is
 * an error.
 */

/** The software driver that comes with Chromium; a driver that the environment names goes first. */
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (existsSync(softwareDriver)) process.env.VK_ICD_FILENAMES ??= softwareDriver;
process.env.XDG_RUNTIME_DIR ??= tmpdir();

const probe = `
  import { create } from 'webgpu';
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  const hasFloat16 = adapter?.features.has('shader-f16');
  if (adapter) process.stdout.write(JSON.stringify({ name: adapter.info.description, hasFloat16 }));
`;

function findAdapter() {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', probe], {
    cwd: process.cwd(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout === '' ? null : JSON.parse(stdout);
}

const adapter = findAdapter();
if (adapter === null) {
  const reason =
    'no WebGPU adapter: its tests need a Vulkan driver (Debian: apt-get install chromium libvulkan1)';
  const required = (process.env.DPQUANT_REQUIRE_BACKENDS ?? '').split(',').includes('webgpu');
  if (required) throw new Error(`DPQUANT_REQUIRE_BACKENDS: ${reason}`);
  console.warn(`${reason}; they are skipped`);
}

module.exports = {
  ...require('./jest-preset.cjs'),
  globals: {
    webGpuAdapter: adapter?.name ?? null,
    webGpuHasFloat16: adapter?.hasFloat16 ?? false,
  },
  // A software driver takes seconds to compile a shader, many where other work holds the cores.
  testTimeout: 60_000,
};
