/**
 * The torchvision module of a layer of this package's residual networks: `stage2-block1-conv1-norm`
 * is `layer2.0.bn1`.
 */
function torchvisionResnetModule(layer: string): string {
  if (layer === 'classifier') return 'fc';
  const isNorm = layer.endsWith('-norm');
  const convolution = isNorm ? layer.slice(0, -'-norm'.length) : layer;
  if (convolution === 'stem') return isNorm ? 'bn1' : 'conv1';
  const [, stage, block, part] = /^stage(\d+)-block(\d+)-(.+)$/.exec(convolution) ?? [];
  if (part === undefined) return layer;
  const path = `layer${stage}.${Number(block) - 1}`;
  if (part === 'shortcut') return `${path}.downsample.${isNorm ? 1 : 0}`;
  return `${path}.${isNorm ? part.replace('conv', 'bn') : part}`;
}

/**
 * By name of a built-in model that torchvision has too: maps each layer to its module there, for
 * `pytorchNaming`.
 */
export const torchvisionModules: ReadonlyMap<string, (layer: string) => string> = new Map([
  ['resnet18', torchvisionResnetModule],
  ['resnet50', torchvisionResnetModule],
]);
