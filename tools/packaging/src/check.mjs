import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckFailure } from './command.mjs';
import { createProject, runReadme } from './exampleProject.mjs';
import { checkTypes, lintTarball, pack } from './tarball.mjs';
import { peerVersions, publishablePackages, selectPackages } from './workspacePackages.mjs';

// Packs the packages that npm would get, judges the tarballs, installs them all into an empty
// project outside the workspace, and runs the examples of their READMEs there. Arguments name
// packages, to check these alone; without any, all are checked. They have to be built.

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dpquant-packaging-')));
const failures = [];
let selected = new Map();
let exampleCount = 0;

/** Runs one check; a failure is shown, remembered, and does not keep the others from running. */
async function attempt(subject, check) {
  try {
    return await check();
  } catch (error) {
    failures.push(subject);
    const text = error instanceof CheckFailure ? error.message : error.stack;
    console.error(`✗ ${subject}\n${text.replace(/^/gm, '    ')}`);
    return undefined;
  }
}

try {
  await attempt('arguments', () => {
    selected = selectPackages(publishablePackages(), process.argv.slice(2));
  });
  const tarballFolder = join(folder, 'tarballs');
  mkdirSync(tarballFolder);
  const tarballs = new Map();
  for (const [name, { folder: packageFolder }] of selected) {
    const tarball = await attempt(`${name}: pack`, () => pack(packageFolder, tarballFolder));
    if (!tarball) continue;
    tarballs.set(name, tarball);
    await attempt(`${name}: publint`, () => lintTarball(tarball));
    await attempt(`${name}: types`, () => checkTypes(tarball));
  }
  if (failures.length === 0) {
    const project = join(folder, 'project');
    const installed = await attempt('installation into an empty project', () => {
      createProject(project, tarballs, peerVersions(selected));
      return true;
    });
    for (const [name, { manifest }] of installed ? selected : []) {
      const count = await attempt(`${name}: README`, () => runReadme(project, manifest));
      exampleCount += count ?? 0;
      if (count) console.log(`✓ ${name}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (failures.length > 0) {
  console.error(`packaging: ${failures.length} failed: ${failures.join('; ')}`);
  process.exitCode = 1;
} else {
  console.log(
    `packaging: ${selected.size} packages packed, installed and clean, ${exampleCount} README examples ran`,
  );
}
