/** The packages as they are published; an error says to build them. */
async function load(name) {
  try {
    return await import(`@dpquant/${name}`);
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}

export const accounting = await load('accounting');
export const backends = await load('backends');
export const gradients = await load('gradients');
export const kernels = await load('kernels');
export const mechanisms = await load('mechanisms');
export const models = await load('models');
export const quantization = await load('quantization');
export const random = await load('random');
export const scheduling = await load('scheduling');
export const sensitivity = await load('sensitivity');
export const training = await load('training');
