import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the AssemblyScript sources. */
export const sources = dirname(fileURLToPath(import.meta.url));
/** The folder of the TypeScript files that load the compiled modules. */
export const moduleFolder = join(sources, '..', 'src', 'wasm', 'module');
export const manifest = createRequire(import.meta.url).resolve('assemblyscript/package.json');
const compiler = join(dirname(manifest), 'bin', 'asc.js');

// The modules use TensorFlow.js's memory: they have no memory, data or stack of their own.
const options = [
  ...['--noAssert', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--noExportMemory', '--enable', 'simd'],
  // Vectors are passed from file to file, never out of the module.
  ...['--disableWarning', '112'],
];

/** The files whose exports are the modules' exports. Not every engine has relaxed SIMD. */
export const entries = {
  standard: ['index.ts'],
  relaxed: ['relaxed.ts', '--enable', 'relaxed-simd'],
};

/** Compiles an entry with further options of the AssemblyScript compiler. */
export function runCompiler([file, ...more], ...further) {
  const given = [compiler, join(sources, file), ...options, ...more, ...further];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, given, {
      cwd: join(sources, '..'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the AssemblyScript compiler ended with exit code ${code}`));
    });
  });
}
