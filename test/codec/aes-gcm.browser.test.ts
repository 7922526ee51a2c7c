// Covers test/support/aes-gcm-codec.ts
import { indexedDbBackend, redriveFeature } from 'ackline/indexeddb';
import { aesGcmCases } from './aes-gcm-cases.ts';

aesGcmCases(() => {
  const database = `aes-gcm-${crypto.randomUUID()}`;
  return () => indexedDbBackend({ database, features: [redriveFeature] });
});
