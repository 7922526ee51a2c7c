import type { PlaywrightName } from '../../setup/playwright-engine.ts';
import type { OrderServer } from '../contexts/serve-orders.ts';

type Answer = ReturnType<OrderServer['next']>;

/** What a server with a fault does, each with the same chance. The fault lasts until the next one of the server. */
export const SERVER_FAULTS = {
  'server refuses': [500, 502, 408, 'process'],
  'server holds back': [429, 503, 'process', 'process'],
  'server cuts connections': ['cut', 'process'],
  'server loses answers': ['lose', 'process'],
  'server with every fault': [500, 503, 429, 'cut', 'lose', 'process'],
} as const satisfies Readonly<Record<string, readonly Answer[]>>;

export const FAULTS = [
  ...(Object.keys(SERVER_FAULTS) as (keyof typeof SERVER_FAULTS)[]),
  'server gone',
  'browser offline',
  'tab closed',
  'tab crashed',
  'tab reloaded',
  'browser killed',
] as const;

export type OutboxFault = (typeof FAULTS)[number];

export interface OutboxCampaignOptions {
  readonly engine: PlaywrightName;
  readonly runs: number;
  readonly seed: number;
  readonly onRun?: (run: number, result: OutboxCampaignResult) => void;
}

export interface OutboxCampaignResult {
  /** Orders whose publish resolved. */
  accepted: number;
  /** Orders whose page ended before their publish resolved. */
  unknown: number;
  requests: number;
  /** Requests that came from tabs that had ended. */
  late: number;
  /** Orders that the server processed more than once, because it gave no answer to the first request. */
  repeated: number;
  readonly faults: Partial<Record<OutboxFault, number>>;
  /** Orders that were gone because the engine has deleted all data of the site after a kill, and how often it did. */
  readonly deletedByEngine: { orders: number; times: number };
  /** Accepted orders that never arrived. */
  readonly lost: string[];
  /** The tabs of two requests for one order, the second of which arrived before the first was answered. */
  readonly overlaps: string[];
  /** Requests for orders that no page has placed. */
  readonly unexpected: string[];
}

/** Whether nothing was lost, sent twice at once, or sent without having been placed. */
export function isSound({ lost, overlaps, unexpected }: OutboxCampaignResult): boolean {
  return lost.length + overlaps.length + unexpected.length === 0;
}
