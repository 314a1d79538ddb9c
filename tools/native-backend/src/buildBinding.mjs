import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.mjs';

/**
 * The newest wheel whose C interface this was tried with: from 2.10 on the library lies in a file
 * of its own, without Python. The version of Python only chooses the file.
 */
const wheel = { name: 'tensorflow-cpu==2.12.1', python: '39', platform: 'manylinux_2_17_x86_64' };

/** Of the Node-API; that of Node 20. */
const nodeApi = 8;

const extraction = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = ('tensorflow/libtensorflow_', 'tensorflow/include/tensorflow/')
    wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith(wanted)])
`;

/**
 * Builds the addon of `@tensorflow/tfjs-node` in its folder, unless it is there.
 *
 * @param folder where the package was installed, without its install script
 */
export function buildBinding(folder) {
  const target = join(folder, 'lib', `napi-v${nodeApi}`);
  if (existsSync(join(target, 'tfjs_binding.node'))) return;
  const dependencies = join(folder, 'deps');
  rmSync(dependencies, { recursive: true, force: true });
  mkdirSync(dependencies);
  downloadLibrary(dependencies);
  const nodeFolder = dirname(dirname(realpathSync(process.execPath)));
  run(
    process.execPath,
    [
      join(npmFolder(), 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
      'rebuild',
      // The headers that this Node was installed with, instead of a download.
      `--nodedir=${nodeFolder}`,
      '--module_name=tfjs_binding',
      `--module_path=${target}`,
      `--napi_build_version=${nodeApi}`,
    ],
    folder,
  );
}

/** Puts the library and its headers where the package's `binding.gyp` looks for them. */
function downloadLibrary(dependencies) {
  const { name, python, platform } = wheel;
  const choice = ['--no-deps', '--only-binary=:all:', '--python-version', python];
  const parameters = ['-m', 'pip', 'download', ...choice, '--platform', platform, name];
  run('python3', parameters, dependencies);
  const file = readdirSync(dependencies).find((entry) => entry.endsWith('.whl'));
  run('python3', ['-c', extraction, file, '.'], dependencies);
  rmSync(join(dependencies, file));
  symlinkSync(join('tensorflow', 'include'), join(dependencies, 'include'));
  const library = join(dependencies, 'lib');
  mkdirSync(library);
  for (const [link, source] of [
    ['libtensorflow.so', 'libtensorflow_cc.so.2'],
    ['libtensorflow_cc.so.2', 'libtensorflow_cc.so.2'],
    ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so.2'],
  ]) {
    symlinkSync(join('..', 'tensorflow', source), join(library, link));
  }
}

/** npm carries node-gyp. */
function npmFolder() {
  const entry = process.env.npm_execpath;
  if (!entry) throw new Error('run this by npm: npm run conformance:native');
  return dirname(dirname(realpathSync(entry)));
}
