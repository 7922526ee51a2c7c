/** A function that Node wants run in this page. */
export interface RemoteRequest {
  readonly id: number;
  readonly expression: string;
}

export type RemoteAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

async function answer(address: string): Promise<void> {
  await holdLine(`${address}/alive`);
  for (;;) {
    const response = await fetch(address);
    const { id, expression }: RemoteRequest = await response.json();
    // Not waited for: what runs long must not hold up what is asked next.
    void run(expression).then((outcome) =>
      fetch(address, { method: 'POST', body: JSON.stringify({ id, ...outcome }) }),
    );
  }
}

/** Kept, or they might be collected. */
const lines: EventSource[] = [];

/** A connection that ends with the page and not before, so that its end tells. */
function holdLine(address: string): Promise<void> {
  const line = new EventSource(address);
  lines.push(line);
  return new Promise((resolve) => {
    line.onopen = () => resolve();
  });
}

async function run(expression: string) {
  try {
    // In the global scope, as a driver would.
    // biome-ignore lint/security/noGlobalEval: it is what this script is for
    const value: unknown = await globalThis.eval(expression);
    return { value };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Lets Node drive this page where no driver can; elsewhere nobody gives it an address. */
export function obeyRemote(): void {
  const address = new URLSearchParams(location.hash.slice(1)).get('remote');
  if (address !== null) void answer(address);
}
