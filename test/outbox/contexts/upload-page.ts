import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import {
  createOutbox,
  httpSender,
  type Outbox,
  type UploadProgress,
  xhrFetch,
} from 'ackline/outbox';

export interface Upload {
  readonly kind: 'multipart' | 'file' | 'blob' | 'bytes';
  readonly name: string;
  readonly content: Blob | File | Uint8Array<ArrayBuffer>;
}

declare global {
  interface Window {
    uploads: Outbox;
    progress: UploadProgress[];
    /** Stores so many bytes of each value from 0 to 255 in turn. Resolves with the id of the event. */
    upload(kind: Upload['kind'], bytes: number): Promise<string>;
    /** The notes of the dead letters. */
    notes(): Promise<(string | null)[]>;
    openUploads(by: 'fetch' | 'xhr', timeoutMs?: number): void;
  }
}

const events = new EventChannel<{ uploads: Upload }>({
  backend: indexedDbBackend({ database: 'uploads' }),
  maxEventBytes: 100_000_000,
  observer: () => undefined,
});

window.progress = [];
window.notes = async () => (await events.deadLetters('uploads')).map(({ note }) => note);

window.openUploads = (by, timeoutMs = 60_000) => {
  window.uploads = createOutbox({
    events,
    channel: 'uploads',
    send: httpSender<Upload>({
      url: new URL('/uploads', location.href),
      headers: ({ payload }) => ({ 'x-kind': payload.kind }),
      body: ({ kind, name, content }) => {
        if (kind !== 'multipart') return content;
        const form = new FormData();
        form.set('note', `a note about ${name}`);
        form.set('photo', content as Blob, name);
        return form;
      },
      timeoutMs,
      ...(by === 'xhr' && { fetch: xhrFetch({ onProgress: (at) => window.progress.push(at) }) }),
    }),
    backoffBaseMs: 50,
    backoffMaxMs: 100,
    returnJitterMs: 0,
  });
};

window.upload = (kind, bytes) => {
  const data = Uint8Array.from({ length: bytes }, (_, at) => at % 256);
  const type = 'image/png';
  const content = {
    multipart: () => new File([data], 'tea.png', { type }),
    file: () => new File([data], 'tea.png', { type }),
    blob: () => new Blob([data], { type }),
    bytes: () => data,
  }[kind]();
  return events.publish('uploads', { kind, name: 'tea.png', content });
};
