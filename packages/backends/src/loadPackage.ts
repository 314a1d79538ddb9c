import * as tf from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from './backend.ts';

/**
 * Imports a package.
 *
 * @param load imports the package by a literal name, so that bundlers see it
 * @param version a version known to work. Default: that of TensorFlow.js core
 * @throws BackendUnavailableError that names the remedy, if it is not installed
 */
export async function loadPackage<T>(
  packageName: string,
  load: () => Promise<T>,
  version: string = tf.version_core,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    // If an installed package lacks a dependency, the error names another package.
    if (!isMissing || !message.includes(packageName)) throw error;
    throw new BackendUnavailableError(
      `${packageName} is not installed; run: npm install ${packageName}@${version}`,
    );
  }
}

/**
 * Makes a backend of TensorFlow.js the current one.
 *
 * @param remedy what to do if it does not start. Default: none
 * @throws BackendUnavailableError if it does not start
 */
export async function activate(name: string, remedy?: string): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new BackendUnavailableError(
      `${name}: TensorFlow.js could not start it; the console shows its reason${remedy ? `; ${remedy}` : ''}`,
    );
  }
  await tf.ready();
}
