import { startConsumer } from './consumer.ts';

/** Dedicated, shared or service worker: one without a name goes by its global's class. */
startConsumer(self.name || Object.prototype.toString.call(globalThis).slice(8, -1));
