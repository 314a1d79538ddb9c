/**
 * Philox4x32-10 in WGSL: `philox(counter, key)` gives the four random words of a block. The
 * products' high halves are put together from 16-bit halves, since WGSL has no wider integers.
 */
export const philox = `
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let aLow = a & 0xffffu;
  let aHigh = a >> 16u;
  let bLow = b & 0xffffu;
  let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let carried = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (carried >> 16u);
}

fn philox(counter: vec4<u32>, firstKey: vec2<u32>) -> vec4<u32> {
  var v = counter;
  var key = firstKey;
  for (var round = 0; round < 10; round++) {
    v = vec4<u32>(
      multiplyHigh(0xcd9e8d57u, v.z) ^ v.y ^ key.x,
      0xcd9e8d57u * v.z,
      multiplyHigh(0xd2511f53u, v.x) ^ v.w ^ key.y,
      0xd2511f53u * v.x,
    );
    key += vec2<u32>(0x9e3779b9u, 0xbb67ae85u);
  }
  return v;
}
`;
