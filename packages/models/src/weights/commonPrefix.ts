/**
 * The prefix of all names in a file that the model's weights do not have. PyTorch's wrappers add
 * one: `module.` (DataParallel), `_orig_mod.` (torch.compile), `model.` (a module that contains the
 * network). Empty if a name matches without it, or no prefix makes the names match.
 *
 * @param names names of the tensors in a file
 * @param wanted names of the model's weights
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
