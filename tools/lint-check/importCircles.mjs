import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';

const root = join(fileURLToPath(import.meta.url), '..', '..', '..');

/**
 * Circles of imports among the sources of these folders, imports of types included: each a list of
 * files, the first again as the last. Packages are followed to their sources.
 *
 * @param folders paths from `baseDir`
 * @throws Error for an import that leads nowhere, behind which circles would stay unseen
 */
export async function importCircles(folders, baseDir = root) {
  const { output } = await cruise(
    folders,
    {
      baseDir,
      validate: true,
      ruleSet: { forbidden: [{ severity: 'error', from: {}, to: { circular: true } }] },
      // Imports as they are written: those of types are gone once TypeScript has compiled.
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)dist/' },
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['@dpquant/source', 'import', 'default'],
      extensions: ['.ts', '.mjs', '.cjs', '.js'],
    },
  );
  for (const { source, dependencies } of output.modules) {
    const lost = dependencies.find(({ module, couldNotResolve }) => {
      return couldNotResolve && /^(\.|@dpquant\/)/.test(module);
    });
    if (lost) throw new Error(`${source}: the import "${lost.module}" leads nowhere`);
  }
  return output.summary.violations.map(({ from, cycle }) => [
    from,
    ...cycle.map(({ name }) => name),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const circles = await importCircles(['packages', 'apps', 'tools', 'examples']);
  for (const circle of circles) console.error(`import circle: ${circle.join(' → ')}`);
  if (circles.length > 0) {
    console.error('Move what two files need of each other, a type or a function, to a third.');
  }
  process.exitCode = circles.length > 0 ? 1 : 0;
}
