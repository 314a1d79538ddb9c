import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './usageError.ts';

/**
 * The default export of an ES module that the user names, which runs as a program of the user's.
 *
 * @param option that names it, for messages
 * @throws UsageError for a file that is missing or fails, and for TypeScript where Node cannot run
 *   it
 */
export async function defaultExportOf(path: string, option: string): Promise<unknown> {
  if (!existsSync(path)) throw new UsageError(`${option}: there is no file ${path}`);
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
    if (path.endsWith('.ts') && (code === 'ERR_UNKNOWN_FILE_EXTENSION' || !stripsTypes)) {
      throw new UsageError(
        `${option}: Node ${process.versions.node} cannot run ${path}; use Node 22.18 or newer, ` +
          'or compile it to a .js file',
      );
    }
    throw new UsageError(`${option}: ${path} cannot be loaded: ${message}`);
  }
}
