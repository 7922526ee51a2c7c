/** The simulation takes its steps by `setImmediate`, which pages do not have. */
const { port1, port2 } = new MessageChannel();
const tasks: (() => void)[] = [];
port1.onmessage = () => tasks.shift()?.();

globalThis.setImmediate ??= ((run: () => void) => {
  tasks.push(run);
  port2.postMessage(null);
}) as unknown as typeof setImmediate;
