/**
 * A hash of 64 bits that detects accidental changes of a text, as 16 hexadecimal digits: two FNV-1a
 * hashes over UTF-16 code units, the second with a different start. Not a signature: it does not
 * prevent forgery.
 */
export function fingerprint(text: string): string {
  return [0x811c9dc5, 0x2f5e1a39].map((start) => hash(text, start)).join('');
}

function hash(text: string, start: number): string {
  let state = start;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  // FNV-1a leaves its high bits weak on short texts; this is the finalizer of MurmurHash3.
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0).toString(16).padStart(8, '0');
}
