/** An operation failed on a graphics processor. Everything computed since then may be wrong. */
export class DeviceError extends Error {
  override name = 'DeviceError';
}

const filters = ['validation', 'out-of-memory', 'internal'] as const;

const remedy =
  'nothing that was computed since can be relied on; start the backend again (a run continues from its ' +
  'last checkpoint), with a smaller physical batch if memory was short';

/**
 * Collects the errors of a device, which WebGPU reports asynchronously: a failed operation returns
 * zeros. Run each operation in `during`; `settle` waits until the errors of all operations are
 * known.
 */
export class DeviceErrors {
  readonly #device: GPUDevice;
  #reports: Promise<void>[] = [];
  #first: DeviceError | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
    void device.lost.then(({ reason, message }) => {
      this.#note(`the device was ${reason === 'destroyed' ? 'destroyed' : 'lost'}`, message);
    });
    // Errors outside of operations.
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.#note('an operation failed', event.error.message);
    });
  }

  /** The first error; it is never reset. */
  get first(): DeviceError | null {
    return this.#first;
  }

  /** Runs an operation so that its errors name it. */
  during<T>(operation: string, run: () => T): T {
    for (const filter of filters) this.#device.pushErrorScope(filter);
    try {
      return run();
    } finally {
      // The scopes are a stack.
      for (const filter of [...filters].reverse()) {
        this.#reports.push(
          this.#device.popErrorScope().then(
            (error) => {
              if (error) this.#note(`${operation} failed (${filter})`, error.message);
            },
            (error: unknown) => {
              this.#note(`${operation} was given up`, String(error));
            },
          ),
        );
      }
    }
  }

  /**
   * Waits for the reports of all operations so far.
   *
   * @throws DeviceError that names the first failed operation, now and in all later calls
   */
  async settle(): Promise<void> {
    while (this.#reports.length > 0) await Promise.all(this.#reports.splice(0));
    if (this.#first) throw this.#first;
  }

  #note(what: string, message: string): void {
    const detail = message.split('\n')[0]!.trim();
    this.#first ??= new DeviceError(`webgpu: ${what}${detail && `: ${detail}`}; ${remedy}`);
  }
}
