import type { ContextMessage } from './consumer.ts';

/**
 * The BroadcastChannel for commands to contexts and their reports. It is closed while a page is in the back/forward
 * cache, because Firefox drops a cached page when a message arrives.
 */
export function openWire(
  onMessage: (message: ContextMessage) => unknown,
): (message: ContextMessage) => void {
  let wire: BroadcastChannel;
  const open = () => {
    wire = new BroadcastChannel('contexts');
    wire.addEventListener('message', ({ data }: MessageEvent<ContextMessage>) => onMessage(data));
  };
  open();
  addEventListener('pagehide', () => wire.close());
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) open();
  });
  return (message) => wire.postMessage(message);
}
