import { ensureInstalled, nxArguments, nxEnvironment, run } from './install.mjs';

// `npm run studio`: installs and builds what is missing, then serves the studio on this machine.

ensureInstalled();
const options = { env: nxEnvironment };
const built = run(
  process.execPath,
  nxArguments('run-many', '-t', 'build', '-p', '@dpquant/studio'),
  options,
);
if (built !== 0) process.exit(built);
process.exitCode = run('npm', ['run', 'serve', '--workspace', '@dpquant/studio', '--silent']);
