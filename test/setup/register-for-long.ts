/** Firefox ends a service worker that was idle for 30 seconds, and messages on a BroadcastChannel do not count. */
const STAY_MS = 5_000;

/** Registers a service worker that runs for as long as this page. */
export async function registerForLong(script: string | URL): Promise<void> {
  const registration = await navigator.serviceWorker.register(script, { type: 'module' });
  setInterval(() => registration.active?.postMessage('stay'), STAY_MS);
}
