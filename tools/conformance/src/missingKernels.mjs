/** Groups whose cases are a kernel's own, so that a wrong kernel shows by its name. */
const ownGroups = [
  'operations',
  'quantizers',
  'products',
  'gradient norms',
  'rounded sums',
  'normalization',
  'noise',
];

/** These give a tensor another shape or none: there is nothing in them to get wrong. */
const trivial = ['Identity', 'Reshape'];

/**
 * Two more results of a backend: what this project installs there has to be run by some case, and
 * what layers and training run has to have a case of its own.
 *
 * @param {readonly import('./conformanceCase.mjs').ConformanceCase[]} cases
 * @param {readonly ReadonlySet<string>[]} kernelsOf what each case ran
 * @param {{installedKernels: readonly string[]}} backend
 * @returns {import('./runCases.mjs').CaseResult[]}
 */
export function missingKernels(cases, kernelsOf, { installedKernels }) {
  const isOwn = (i) => ownGroups.includes(cases[i].group);
  const union = (sets) => new Set(sets.flatMap((set) => [...set]));
  const own = union(kernelsOf.filter((_, i) => isOwn(i)));
  const used = union(kernelsOf.filter((_, i) => !isOwn(i)));
  return [
    result(
      'every kernel that this project installs is run by a case of its own',
      installedKernels.filter((kernel) => !own.has(kernel)),
    ),
    result(
      'every kernel that layers and training run has a case of its own',
      [...used].filter((kernel) => !own.has(kernel) && !trivial.includes(kernel)),
    ),
  ];
}

function result(name, missing) {
  return {
    group: 'coverage',
    name,
    status: missing.length === 0 ? 'passed' : 'failed',
    difference: missing.length,
    problem: missing.length === 0 ? null : `without a case: ${missing.join(', ')}`,
    seconds: 0,
  };
}
