import { registerForLong } from '../../../setup/register-for-long.ts';
import { obeyRemote } from '../../../setup/remote-page.ts';
import { Member } from './member.ts';
import { exposePayloadKinds } from './payload-kinds.ts';
import { callMember, callRemote, untilReady, type Verb } from './remote-member.ts';

export type WorkerKind = 'dedicated' | 'shared' | 'service';

declare global {
  interface Window {
    member: Member;
    /** Calls the member of this page, or that of a worker. */
    callMember(name: string, verb: Verb, argument: unknown): Promise<unknown>;
    startMember(kind: WorkerKind, name: string): Promise<void>;
    /** Terminates a dedicated worker that this page started. */
    terminateMember(name: string): void;
  }
}

const { name = 'tab', settings } = Object.fromEntries(new URL(location.href).searchParams);
window.member = new Member(name, settings && JSON.parse(settings));

window.callMember = (called, verb, argument) =>
  called === name ? callMember(window.member, verb, argument) : callRemote(called, verb, argument);

const dedicatedWorkers = new Map<string, Worker>();

window.startMember = (kind, called) => {
  const address = new URL('/worker.js', location.href);
  address.search = String(new URLSearchParams({ name: called, ...(settings && { settings }) }));
  return untilReady(called, () => {
    if (kind === 'dedicated') dedicatedWorkers.set(called, new Worker(address, { type: 'module' }));
    else if (kind === 'shared') new SharedWorker(address, { type: 'module' });
    else void registerForLong(address);
  });
};

window.terminateMember = (called) => dedicatedWorkers.get(called)?.terminate();

exposePayloadKinds();
obeyRemote();
