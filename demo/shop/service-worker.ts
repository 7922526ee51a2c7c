import { handleSync, type SyncEventLike } from 'ackline/outbox';
import { openShop } from './open-shop.ts';

/** The part of the scope of a service worker that is used. TypeScript has no types for both this and a page. */
interface WorkerScope {
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

interface WorkerEvent extends SyncEventLike {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const CACHE = 'ackline-shop';
const scope = globalThis as unknown as WorkerScope;

/** The page and what it names, so that the shop opens without a network. */
async function keepPage(): Promise<void> {
  const cache = await caches.open(CACHE);
  const page = await fetch('./');
  const html = await page.clone().text();
  const parts = [...html.matchAll(/(?:src|href)="(\.{0,2}\/[^"]+)"/g)].map(([, path = '']) => path);
  await cache.put('./', page);
  await cache.addAll(parts);
  await scope.skipWaiting();
}

/** The network first, and without an answer what was kept. */
async function answer(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

scope.addEventListener('install', (event) => event.waitUntil(keepPage()));
scope.addEventListener('activate', (event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener('fetch', (event) => {
  const isPart = event.request.method === 'GET' && !event.request.url.includes('/api/');
  if (isPart) event.respondWith(answer(event.request));
});
// Sends what is left when no tab is open, where the browser has Background Sync.
scope.addEventListener('sync', (event) => handleSync(event, () => openShop()));
