/**
 * What the values of an example may be, by name: the value at an index, from a standard normal one.
 */
export const numberFills = {
  ordinary: (normal) => normal,
  large: (normal) => 1000 * normal,
  small: (normal) => 1e-3 * normal,
  'far apart': (normal) => normal * 10 ** (6 * normal),
  zeros: () => 0,
  'equal pixels of 0.1': () => 0.1,
  'equal pixels of 1/3': () => 1 / 3,
  'equal pixels of 0.7': () => 0.7,
  'equal pixels of 123.4': () => 123.4,
  'alternating signs': (normal, i) => (i % 2 ? 1 : -1),
  'one value': (normal, i) => (i === 0 ? 1e20 : 0),
  NaN: (normal, i) => (i === 0 ? NaN : normal),
  infinity: (normal, i) => (i === 0 ? Infinity : normal),
  '10³⁰': () => 1e30,
  'cancelling 10³⁰': (normal, i) => (i % 2 ? 1e30 : -1e30),
  'cancelling 10¹⁵': (normal, i) => (i % 2 ? 1e15 : -1e15) * (1 + 1e-6 * normal),
  'all maximum': () => 3.4028234e38,
  '10⁻³⁰': () => 1e-30,
  denormal: (normal) => 1e-42 * normal,
};

/** The same of indices below `vocabulary`, from a uniform number in [0, 1). */
export const tokenFills = {
  ordinary: (uniform, vocabulary) => Math.floor(uniform * vocabulary),
  first: () => 0,
  last: (uniform, vocabulary) => vocabulary - 1,
  'of two': (uniform) => Number(uniform < 0.5),
};
