export type { Ingress } from './ingress/create-ingress.ts';
export { createIngress } from './ingress/create-ingress.ts';
export type {
  Fingerprints,
  KeepFingerprint,
  MemoryFingerprintsOptions,
} from './ingress/fingerprints.ts';
export { fingerprints, memoryFingerprints } from './ingress/fingerprints.ts';
export type { Authorization, IngressOptions, ReceivedEvent } from './ingress/ingress-options.ts';
export type {
  EventResult,
  ProblemBody,
  ProblemCode,
  ProblemIssue,
} from './ingress/problem-body.ts';
export type { RateLimitOptions } from './ingress/rate-limit.ts';
export { rateLimit } from './ingress/rate-limit.ts';
export { schemaIssues } from './ingress/schema-issues.ts';
export type { NodeRequest, NodeResponse } from './ingress/to-node-handler.ts';
export { toNodeHandler } from './ingress/to-node-handler.ts';
