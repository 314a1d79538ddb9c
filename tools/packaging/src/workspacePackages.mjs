import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckFailure } from './command.mjs';

export const workspaceRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Every package that goes to npm: its folder and its manifest, by name. */
export function publishablePackages() {
  const packages = new Map();
  for (const parent of ['packages', 'apps']) {
    for (const entry of readdirSync(join(workspaceRoot, parent))) {
      const folder = join(workspaceRoot, parent, entry);
      if (!existsSync(join(folder, 'package.json'))) continue;
      const manifest = readManifest(folder);
      if (!manifest.private) packages.set(manifest.name, { folder, entry, manifest });
    }
  }
  return packages;
}

/**
 * The packages that the given names (`data`, `@dpquant/data`) stand for, together with the
 * workspace packages that they depend on, dependencies first; all of them for no name.
 */
export function selectPackages(packages, names) {
  const selected = new Map();
  const add = (name) => {
    if (selected.has(name)) return;
    const entry = packages.get(name);
    for (const dependency of Object.keys(entry.manifest.dependencies ?? {})) {
      if (packages.has(dependency)) add(dependency);
    }
    selected.set(name, entry);
  };
  for (const name of names.length > 0 ? names : packages.keys()) {
    const found = [...packages].find(([full, { entry }]) => name === full || name === entry);
    if (!found) {
      throw new CheckFailure(
        `no package is called '${name}'; there are ${[...packages.keys()].join(', ')}`,
      );
    }
    add(found[0]);
  }
  return selected;
}

/**
 * Versions of the peers that the packages ask their users to install, as installed in the
 * workspace. Optional peers too, since examples may use them; those that the workspace does without
 * are left out.
 */
export function peerVersions(selected) {
  const peers = new Map();
  for (const { manifest } of selected.values()) {
    for (const name of Object.keys(manifest.peerDependencies ?? {})) {
      if (selected.has(name)) continue;
      const folder = join(workspaceRoot, 'node_modules', name);
      const isLeftOut = manifest.peerDependenciesMeta?.[name]?.optional && !existsSync(folder);
      if (!isLeftOut) peers.set(name, readManifest(folder).version);
    }
  }
  return peers;
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
