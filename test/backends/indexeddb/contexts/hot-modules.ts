import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../package/paths.ts';

/** The state that the page keeps while its modules are replaced. */
export interface HotPage {
  /** The versions that have run, in order. */
  readonly versions: number[];
  /** Each event that was handled: its payload, and the version of the code that handled it. */
  readonly handled: (readonly [payload: unknown, version: number])[];
  /** The `publish` of the newest version. */
  publish(payload: unknown): Promise<string>;
  readonly openConnections: number;
}

declare global {
  interface Window {
    readonly hotPage: HotPage;
  }
}

/** Runs before all modules: keeps what survives a replacement, and counts connections to IndexedDB. */
const PAGE = `<!doctype html>
<script>
  const known = new Set();
  const { transaction, close } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) {
    known.add(this);
    return transaction.apply(this, given);
  };
  IDBDatabase.prototype.close = function () {
    known.delete(this);
    close.call(this);
  };
  window.hotPage = {
    versions: [],
    handled: [],
    get openConnections() { return known.size; },
  };
</script>
<script type="module" src="/main.js"></script>`;

const IMPORTS = `
import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';`;

const TOLD = `
window.hotPage.publish = (payload) => events.publish('order.placed', payload);
window.hotPage.versions.push(VERSION);`;

/** The JavaScript blocks of the section *Hot reload*: of a module that makes a channel, and of one that only listens. */
function documentedBlocks(): readonly [channel: string, listener: string] {
  const text = readFileSync(join(root, 'docs/indexeddb.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Hot reload\n')) ?? '';
  const [channel, listener] = [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(
    ([, code]) => code,
  );
  if (!channel || !listener) throw new Error('docs/indexeddb.md: no pattern under *Hot reload*');
  return [channel, listener];
}

/** How the modules of a page end what they started when they are replaced. */
export interface HotPattern {
  readonly channel: string;
  readonly listener: string;
}

export function documentedPattern(): HotPattern {
  const [channel, listener] = documentedBlocks();
  return { channel, listener };
}

/** The module of a user who has forgotten the pattern. */
export const FORGOTTEN: HotPattern = {
  channel:
    "export const events = new EventChannel({ backend: indexedDbBackend({ database: 'shop' }) });",
  listener: "events.listen('order.placed', upload);",
};

/** One file that makes a channel and listens. */
export function wholeModule({ channel }: HotPattern, version: number): string {
  return `${IMPORTS}
${channel}
const VERSION = ${version};
events.listen('order.placed', ({ payload }) => void window.hotPage.handled.push([payload, VERSION]));
${TOLD}`;
}

/** A file that listens over the channel of `channel.js`. */
export function listeningModule({ listener }: HotPattern, version: number): string {
  return `import { events } from './channel.js';
const VERSION = ${version};
const upload = ({ payload }) => void window.hotPage.handled.push([payload, VERSION]);
${listener}
${TOLD}`;
}

export function channelModule({ channel }: HotPattern): string {
  return IMPORTS + channel;
}

export const ACCEPTS_ITSELF = '\nimport.meta.hot.accept();';

/** A page whose main module accepts what the modules that it imports become. */
export function pageOver(imported: string): Readonly<Record<string, string>> {
  return {
    'index.html': PAGE,
    'main.js': `import './${imported}';${ACCEPTS_ITSELF}`,
  };
}
