/** Mean level, from 0 to 255, of each channel over all images of a data set. */
export async function channelMeans(dataset) {
  const channels = dataset.inputShape.at(-1);
  const sums = new Float64Array(channels);
  let pixels = 0;
  for (let start = 0; start < dataset.count; start += 1000) {
    const size = Math.min(1000, dataset.count - start);
    const { inputs } = await dataset.read(Array.from({ length: size }, (_, i) => start + i));
    for (let i = 0; i < inputs.length; i++) sums[i % channels] += inputs[i];
    pixels += inputs.length / channels;
  }
  return Array.from(sums, (sum) => (255 * sum) / pixels);
}
