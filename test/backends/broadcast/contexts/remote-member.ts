import type { Member } from './member.ts';

/** The methods that Node may call. */
export type Verb = {
  [V in keyof Member]: Member[V] extends (argument: never) => unknown ? V : never;
}[keyof Member];

export type ArgumentOf<V extends Verb> = Parameters<Member[V]>[0];
export type AnswerOf<V extends Verb> = Awaited<ReturnType<Member[V]>>;

/** Calls from pages to contexts that Node cannot reach, and their answers, over one BroadcastChannel. */
type Control =
  | { readonly kind: 'ready'; readonly name: string }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly id: string;
      readonly verb: Verb;
      readonly argument: unknown;
    }
  | { readonly kind: 'answer'; readonly id: string; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: string; readonly error: string };

interface Wire {
  send(message: Control): void;
  close(): void;
}

/** The wire is closed after use, because a message to a page in the back/forward cache would end that page. */
function openWire(act: (message: Control) => void): Wire {
  const wire = new BroadcastChannel('control');
  wire.addEventListener('message', ({ data }: MessageEvent<Control>) => act(data));
  return { send: (message) => wire.postMessage(message), close: () => wire.close() };
}

export async function callMember(member: Member, verb: Verb, argument: unknown): Promise<unknown> {
  return (member[verb] as (argument: unknown) => unknown).call(member, argument);
}

/** Lets pages call the member of this context. */
export function acceptCalls(member: Member): void {
  const { send } = openWire((message) => {
    if (message.kind !== 'call' || message.name !== member.name) return;
    const { id, verb, argument } = message;
    callMember(member, verb, argument).then(
      (value) => send({ kind: 'answer', id, value }),
      (error: unknown) => send({ kind: 'error', id, error: String(error) }),
    );
  });
  send({ kind: 'ready', name: member.name });
}

/** Calls `start`, and resolves when the context `name` can be called. */
export function untilReady(name: string, start: () => void): Promise<void> {
  return new Promise((resolve) => {
    const { close } = openWire((message) => {
      if (message.kind !== 'ready' || message.name !== name) return;
      close();
      resolve();
    });
    start();
  });
}

/** Calls the member of another context. */
export function callRemote(name: string, verb: Verb, argument: unknown): Promise<unknown> {
  // All pages receive all answers, so each call has an id.
  const id = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const { send, close } = openWire((message) => {
      if (message.kind !== 'answer' && message.kind !== 'error') return;
      if (message.id !== id) return;
      close();
      if (message.kind === 'answer') resolve(message.value);
      else reject(new Error(message.error));
    });
    send({ kind: 'call', name, id, verb, argument });
  });
}
