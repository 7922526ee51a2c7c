export type { Forwarding } from './forward/forward.ts';
export { forward } from './forward/forward.ts';
export type { ForwardedEvent, ForwardOptions, KeptOption } from './forward/forward-options.ts';
export type { ForwardSnapshot, ForwardState } from './forward/forward-store.ts';
