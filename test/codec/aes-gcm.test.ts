// Covers test/support/aes-gcm-codec.ts
import { memoryBackend, memoryStore } from 'ackline';
import { aesGcmCases } from './aes-gcm-cases.ts';

aesGcmCases(() => {
  const store = memoryStore();
  return () => memoryBackend({ store });
});
