import { chosen, isInImage } from './tileOperands.ts';
import { invocations } from './tileCode.ts';

/**
 * WGSL: where the lines of a tile lie, each found once. `x`: first pixel of the image that is read;
 * `y`, `z`: row and column there that the first tap sees; `w`: the pixel of the output, negative
 * beyond the last line.
 */
export const places = `
var<workgroup> places: array<vec4<i32>, tileLines>;

fn findPlaces(firstLine: u32) {
  for (var i = localIndex; i < tileLines; i += ${invocations}u) {
    places[i] = placeOf(i32(firstLine + i));
  }
  workgroupBarrier();
}
`;

/**
 * WGSL: body of a read along the channels of the pixel that a tap of a line's window sees.
 *
 * @param away WGSL: offset from the first tap's pixel
 */
export function readOfWindow(input: string, width: 1 | 4, away: string): string {
  return `
  let place = places[line % tileLines];
  let tap = i32(position) / uniforms.channels;
  let pixel = place.yz + ${away};
  let first = (place.x + pixel.x * uniforms.imageSize.y + pixel.y) * uniforms.channels;
  ${chosen(
    `place.w >= 0 && position < depth && ${isInImage}`,
    input,
    `u32(first + i32(position) % uniforms.channels) / ${width}u`,
    width,
  )}`;
}
