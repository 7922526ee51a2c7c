const TIMEOUT_MS = 120_000;

/** A bench that hangs reports what it waits for. */
export function inTime<T>(what: string, begin: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not in time: ${what}`)), TIMEOUT_MS);
    begin((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
