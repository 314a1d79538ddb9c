import { createRequire } from 'node:module';

/** Versions of the programs that results depend on, for records. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) =>
    (require(`${name}/package.json`) as { version: string }).version;
  return {
    dpquant: versionOf('dpquant'),
    node: process.versions.node,
    tfjs: versionOf('@tensorflow/tfjs-core'),
  };
}
