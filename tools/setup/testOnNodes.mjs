import { join } from 'node:path';
import { run, workspaceRoot } from './install.mjs';

// `npm run test:nodes`: the tests of WebAssembly kernels on every Node whose path DPQUANT_NODES
// names, with colons between them: which instructions multiply integers depends on it.

const nodes = (process.env.DPQUANT_NODES ?? '').split(':').filter((path) => path !== '');
if (nodes.length === 0) {
  console.error(
    'DPQUANT_NODES names no Node, so nothing is tested: set it to paths of Node binaries, as .ci/run does',
  );
}
const jest = join(workspaceRoot, 'node_modules', 'jest', 'bin', 'jest.js');
for (const node of nodes) {
  console.log(`\nKernels on ${node}`);
  const status = run(node, [jest, 'src/wasm'], {
    cwd: join(workspaceRoot, 'packages', 'kernels'),
  });
  if (status !== 0) process.exitCode = 1;
}
