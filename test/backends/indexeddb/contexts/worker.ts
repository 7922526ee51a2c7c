import { startConsumer } from './consumer.ts';

/** Dedicated, shared or service worker: each knows what it is by its global's class. */
startConsumer(Object.prototype.toString.call(globalThis).slice(8, -1));
