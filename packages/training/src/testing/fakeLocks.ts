/** The part of Web Locks that is used, within one process: a lock that is held is not available. */
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
