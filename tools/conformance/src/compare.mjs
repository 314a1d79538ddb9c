/**
 * How results compare with what was expected.
 *
 * @param {import('./conformanceCase.mjs').Results} found
 * @param {import('./conformanceCase.mjs').Results} expected
 * @param {import('./conformanceCase.mjs').Agreement} agreement
 * @returns {{difference: number, problem: string | null}} the largest difference in the agreement's
 *   own measure (for `identical`: how many places differ), and what is wrong, if anything
 */
export function compare(found, expected, agreement) {
  const names = Object.keys(expected);
  if (Object.keys(found).sort().join() !== [...names].sort().join()) {
    return { difference: Infinity, problem: `gave ${Object.keys(found)}, expected ${names}` };
  }
  let difference = 0;
  let problem = null;
  for (const name of names) {
    const one = compareLists(found[name], expected[name], agreement);
    difference = Math.max(difference, one.difference);
    if (one.problem !== null) problem ??= `${name}: ${one.problem}`;
  }
  return { difference, problem };
}

function compareLists(found, expected, agreement) {
  if (found.length !== expected.length) {
    return {
      difference: Infinity,
      problem: `${found.length} numbers, expected ${expected.length}`,
    };
  }
  const { difference, limit, place } = measured(found, expected, agreement);
  // What is not a number is above every limit.
  if (difference <= limit) return { difference, problem: null };
  return {
    difference,
    problem: `differs by ${difference} (at most ${limit}); at ${place} of ${found.length}: ${found[place]}, expected ${expected[place]}`,
  };
}

function measured(found, expected, agreement) {
  if (agreement.relative !== undefined) {
    const { relative, absolute = 0 } = agreement;
    const { distance, place, largest } = farthest(found, expected);
    const scale = largest + absolute / relative;
    return { difference: distance === 0 ? 0 : distance / scale, limit: relative, place };
  }
  const { count, place } = differing(found, expected);
  if (agreement === 'identical') return { difference: count, limit: 0, place };
  return {
    difference: count / Math.max(1, found.length),
    limit: agreement.differingShare,
    place,
  };
}

function farthest(found, expected) {
  let distance = 0;
  let place = 0;
  let largest = 0;
  for (let i = 0; i < found.length; i++) {
    if (!Object.is(found[i], expected[i])) {
      const apart = Math.abs(found[i] - expected[i]);
      if (!(apart <= distance)) {
        distance = Number.isNaN(apart) ? Infinity : apart;
        place = i;
      }
    }
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]));
  }
  return { distance, place, largest };
}

/** Zeros of both signs are one value: no operation here tells them apart. */
function differing(found, expected) {
  let count = 0;
  let place = 0;
  for (let i = 0; i < found.length; i++) {
    if (Object.is(found[i], expected[i]) || found[i] === expected[i]) continue;
    if (count === 0) place = i;
    count++;
  }
  return { count, place };
}
