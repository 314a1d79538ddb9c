/**
 * The beginning that all names of a file have and no weight of the model has, as PyTorch's wrappers
 * add it: `module.` (DataParallel), `_orig_mod.` (torch.compile), `model.` (a module that holds the
 * network). Empty where the names are those of the model, or no such beginning makes them so.
 *
 * @param names of the tensors of a file
 * @param wanted names that the weights of the model have
 */
export function commonPrefix(names: Iterable<string>, wanted: ReadonlySet<string>): string {
  const all = [...names];
  if (all.length === 0 || all.some((name) => wanted.has(name))) return '';
  const modules = all[0]!.split('.').slice(0, -1);
  for (let length = 1; length <= modules.length; length++) {
    const prefix = `${modules.slice(0, length).join('.')}.`;
    if (!all.every((name) => name.startsWith(prefix))) return '';
    if (all.some((name) => wanted.has(name.slice(prefix.length)))) return prefix;
  }
  return '';
}
