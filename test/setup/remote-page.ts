/** An expression that Node sends to this page. */
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
    // Not awaited, because a long call must not delay the next call.
    void run(expression).then((outcome) =>
      fetch(address, { method: 'POST', body: JSON.stringify({ id, ...outcome }) }),
    );
  }
}

/** Referenced here, because they could be garbage-collected otherwise. */
const lines: EventSource[] = [];

/** A connection that ends only with the page, so its end shows the end of the page. */
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
    // biome-ignore lint/security/noGlobalEval: this script exists to run code that Node sends
    const value: unknown = await globalThis.eval(expression);
    return { value };
  } catch (error) {
    return { error: String(error) };
  }
}

/** Lets Node drive this page in an engine without a driver. In other engines the page gets no address. */
export function obeyRemote(): void {
  const address = new URLSearchParams(location.hash.slice(1)).get('remote');
  if (address !== null) void answer(address);
}
