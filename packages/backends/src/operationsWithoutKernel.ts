import { ownOperations } from '@dpquant/kernels';

/**
 * Names of this project's operations for which a backend has no kernel in either form: there they
 * are composed of TensorFlow.js's operations. For operations with two forms, the first is named.
 */
export function operationsWithoutKernel(tensorflowName: string): string[] {
  const all = ownOperations();
  const here = new Set(ownOperations(tensorflowName).map(({ name }) => name));
  const otherForms = new Set(all.flatMap(({ otherForm }) => otherForm?.name ?? []));
  return all
    .filter(({ name }) => !otherForms.has(name))
    .filter(({ name, otherForm }) => !here.has(name) && !here.has(otherForm?.name ?? name))
    .map(({ name }) => name);
}
