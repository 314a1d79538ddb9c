import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { CheckFailure, command } from './command.mjs';
import { workspaceRoot } from './workspacePackages.mjs';

const attw = join(workspaceRoot, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');

/** Packs a built package into `folder` and returns the path of its tarball. */
export function pack(packageFolder, folder) {
  const output = command('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: packageFolder,
  });
  const [{ filename, files }] = Object.values(JSON.parse(output));
  if (!files.some((file) => file.path.startsWith('dist/'))) {
    throw new CheckFailure('there is no dist in it: build it first, npx nx run-many -t build');
  }
  return join(folder, filename);
}

/** Throws CheckFailure with all that publint has to say about a tarball. */
export async function lintTarball(tarball) {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
  });
  if (messages.length === 0) return;
  const lines = messages.map((message) => formatMessage(message, pkg, { color: false }));
  throw new CheckFailure(['publint:', ...lines].join('\n'));
}

/**
 * Throws CheckFailure with attw's table if a tarball's types do not resolve for importing modules.
 */
export function checkTypes(tarball) {
  command(process.execPath, [attw, tarball, '--profile', 'esm-only', '--no-emoji', '--no-color']);
}
