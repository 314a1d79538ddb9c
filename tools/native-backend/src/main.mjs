import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBinding } from './buildBinding.mjs';
import { run } from './run.mjs';

// `npm run conformance:native [-- FLAGS OF CONFORMANCE]`: the conformance cases on the backend
// `node`, in a project of its own under `dist`, where `@tensorflow/tfjs-node` is installed. Its own
// installation downloads TensorFlow from a place that not every machine reaches; here the addon is
// built against TensorFlow's Python wheel. Needs Linux on x64, Python 3 with pip, a C++ compiler,
// the built packages and 1.5 GB of disk. Neither set-up nor tests need it.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const project = fileURLToPath(new URL('../dist', import.meta.url));
const tensorflow = JSON.parse(
  readFileSync(join(root, 'node_modules', '@tensorflow', 'tfjs-core', 'package.json'), 'utf8'),
).version;

installProject();
buildBinding(join(project, 'node_modules', '@tensorflow', 'tfjs-node'));
copyPackages();
run(
  process.execPath,
  ['conformance/main.mjs', '--backends', 'node', ...process.argv.slice(2)],
  project,
);

function installProject() {
  mkdirSync(project, { recursive: true });
  const names = ['core', 'layers', 'backend-cpu', 'backend-wasm', 'node'];
  const dependencies = Object.fromEntries(
    names.map((name) => [`@tensorflow/tfjs-${name}`, tensorflow]),
  );
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies }, null, 2);
  const file = join(project, 'package.json');
  if (existsSync(file) && readFileSync(file, 'utf8') === manifest) return;
  writeFileSync(file, manifest);
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], project);
}

/** Copies, not links: they have to find the TensorFlow.js of this project. */
function copyPackages() {
  for (const name of readdirSync(join(root, 'packages'))) {
    const source = join(root, 'packages', name);
    if (!existsSync(join(source, 'dist'))) {
      throw new Error(`packages/${name} is not built: run \`npm run build\` first`);
    }
    const target = join(project, 'node_modules', '@dpquant', name);
    for (const part of ['dist', 'package.json']) {
      cpSync(join(source, part), join(target, part), { recursive: true, force: true });
    }
  }
  cpSync(join(root, 'tools', 'conformance', 'src'), join(project, 'conformance'), {
    recursive: true,
    force: true,
  });
}
