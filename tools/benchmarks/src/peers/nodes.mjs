import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Looked for under `tools/benchmarks/nodes`, as packages of npm. */
const packaged = ['20.20.2', '22.23.3', '24.21.0'];

/**
 * The running Node, then those that `NODES` names, separated by commas, or else the other ones of
 * 20, 22 and 24, under `tools/benchmarks/nodes`; what is missing is said.
 *
 * @returns list of {path, version}, each version once
 */
export function nodes(log) {
  const found = [{ path: process.execPath, version: process.versions.node }];
  for (const { path, remedy } of candidates()) {
    const { status, stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const version = stdout?.trim().replace(/^v/, '');
    if (status !== 0 || !version) {
      log(`without ${path} (${error?.message ?? `exit code ${status}`}); ${remedy}`);
    } else if (found.some((each) => each.version === version)) {
      log(`without ${path}: Node ${version} is measured already`);
    } else {
      found.push({ path, version });
    }
  }
  return found;
}

function candidates() {
  if (process.env.NODES !== undefined) {
    const paths = process.env.NODES.split(',').filter((path) => path !== '');
    return paths.map((path) => ({ path, remedy: 'NODES names programs, as in NODES=path,path' }));
  }
  const others = packaged.filter((version) => majorOf(version) !== majorOf(process.versions.node));
  return others.map((version) => {
    const major = majorOf(version);
    const folder = `tools/benchmarks/nodes/${major}`;
    return {
      path: fileURLToPath(new URL(`../../nodes/${major}/node_modules/.bin/node`, import.meta.url)),
      remedy: `npm install --prefix ${folder} node@${version}, or NODES=path,path names others`,
    };
  });
}

function majorOf(version) {
  return version.split('.')[0];
}
