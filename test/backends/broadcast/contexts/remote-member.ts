import type { Member } from './member.ts';

/** What Node may call. */
export type Verb = {
  [V in keyof Member]: Member[V] extends (argument: never) => unknown ? V : never;
}[keyof Member];

export type ArgumentOf<V extends Verb> = Parameters<Member[V]>[0];
export type AnswerOf<V extends Verb> = Awaited<ReturnType<Member[V]>>;

/** Over one BroadcastChannel for all: what contexts that Node cannot reach are asked through a page, and answer. */
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
  say(message: Control): void;
  close(): void;
}

/** Open no longer than it is used: a message for a page in the back/forward cache would end it. */
function openWire(act: (message: Control) => void): Wire {
  const wire = new BroadcastChannel('control');
  wire.addEventListener('message', ({ data }: MessageEvent<Control>) => act(data));
  return { say: (message) => wire.postMessage(message), close: () => wire.close() };
}

export async function callMember(member: Member, verb: Verb, argument: unknown): Promise<unknown> {
  return (member[verb] as (argument: unknown) => unknown).call(member, argument);
}

/** Lets pages call this context's member. */
export function obeyPages(member: Member): void {
  const { say } = openWire((message) => {
    if (message.kind !== 'call' || message.name !== member.name) return;
    const { id, verb, argument } = message;
    callMember(member, verb, argument).then(
      (value) => say({ kind: 'answer', id, value }),
      (error: unknown) => say({ kind: 'error', id, error: String(error) }),
    );
  });
  say({ kind: 'ready', name: member.name });
}

/** Resolves when the context of that name, which `start` starts, can be called. */
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
  // All pages hear all answers.
  const id = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const { say, close } = openWire((message) => {
      if (message.kind !== 'answer' && message.kind !== 'error') return;
      if (message.id !== id) return;
      close();
      if (message.kind === 'answer') resolve(message.value);
      else reject(new Error(message.error));
    });
    say({ kind: 'call', name, id, verb, argument });
  });
}
