import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CheckFailure, command } from './command.mjs';
import { readmeExamples } from './readmeExamples.mjs';

/**
 * Installs tarballs and peers into an empty project, the way a user would.
 *
 * @param folder an empty folder outside the workspace
 * @param tarballs package name → path
 * @param peers package name → version
 */
export function createProject(folder, tarballs, peers) {
  mkdirSync(folder);
  const dependencies = {
    ...Object.fromEntries([...tarballs].map(([name, path]) => [name, `file:${path}`])),
    ...Object.fromEntries(peers),
  };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'example', private: true, type: 'module', dependencies }, null, 2),
  );
  command('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    seconds: 600,
  });
}

/**
 * Runs the examples of a package's README in the project and returns how many there were. Throws
 * CheckFailure if one fails, if a ```js one prints nothing, and if there is none.
 *
 * @param manifest the package's package.json
 */
export function runReadme(project, { name, bin = {} }) {
  const file = join(project, 'node_modules', name, 'README.md');
  const readme = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const programs = typeof bin === 'string' ? [name] : Object.keys(bin);
  const examples = readmeExamples(readme, programs);
  if (examples.length === 0) {
    throw new CheckFailure(
      'README.md has no example: show in a ```js block how the package is used' +
        (programs.length > 0 ? `, or in a \`\`\`sh block of \`npx ${programs[0]} …\`` : ''),
    );
  }
  for (const [index, { language, code }] of examples.entries()) {
    const script = `example-${index + 1}-of-${name.replace(/\W+/g, '-')}.${language === 'js' ? 'mjs' : 'sh'}`;
    writeFileSync(join(project, script), code);
    const output =
      language === 'js'
        ? command(process.execPath, [script], { cwd: project })
        : command('sh', ['-eu', script], { cwd: project, env: withPrograms(project) });
    if (language === 'js' && output.trim() === '') {
      throw new CheckFailure(`README.md, example ${index + 1}: it prints nothing`);
    }
  }
  return examples.length;
}

function withPrograms(project) {
  const programs = join(project, 'node_modules', '.bin');
  return { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}` };
}
