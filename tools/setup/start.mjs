import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, nxArguments, nxEnvironment, workspaceRoot } from './install.mjs';

// `npm start -- FLAGS`: installs and builds what is missing, then runs `dpquant train FLAGS`.

ensureInstalled();

const build = spawnSync(process.execPath, nxArguments('run-many', '-t', 'build', '-p', 'dpquant'), {
  cwd: workspaceRoot,
  env: nxEnvironment,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  maxBuffer: Infinity,
});
if (build.status !== 0) {
  process.stderr.write(build.stdout + build.stderr);
  console.error(`The build failed${build.signal ? ` (${build.signal})` : ''}.`);
  process.exit(build.signal === 'SIGINT' ? 130 : 1);
}

// In this process, so that signals, standard streams and the exit code are the program's own.
const program = join(workspaceRoot, 'apps', 'trainer', 'bin', 'dpquant.js');
process.argv = [process.execPath, program, 'train', ...process.argv.slice(2)];
await import(pathToFileURL(program).href);
