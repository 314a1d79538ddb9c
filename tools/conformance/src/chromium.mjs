import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** WebGPU on SwiftShader, a software driver that Chromium carries. */
export const softwareGpu = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

export const quiet = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Whether a missing Chromium is a failure. */
export const isRequired = (process.env.DPQUANT_REQUIRE_BACKENDS ?? '')
  .split(',')
  .includes('chromium');

export const whyAbsent = 'no Chromium in PATH; apt-get install chromium, or name one in CHROMIUM';

/** Path of the browser that CHROMIUM names, or that is in PATH; undefined without one. */
export function findChromium() {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return PATH.split(delimiter)
    .flatMap((folder) => programs.map((program) => join(folder, program)))
    .find((path) => existsSync(path));
}
