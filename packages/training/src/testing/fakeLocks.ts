/** The required part of Web Locks, within one process: a held lock is not available. */
export function installFakeLocks(): void {
  const held = new Set<string>();
  const locks = {
    async request(
      name: string,
      _options: { ifAvailable: true },
      act: (lock: { name: string } | null) => Promise<void>,
    ): Promise<void> {
      if (held.has(name)) return act(null);
      held.add(name);
      try {
        await act({ name });
      } finally {
        held.delete(name);
      }
    },
  };
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
}
