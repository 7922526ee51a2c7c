import type { HistoryViolation } from 'ackline/testing';

export interface ClusterOptions {
  readonly publishes: number;
  readonly seed: number;
  /** What happens to the servers, one after the other, spread over the publishes. */
  readonly faults: readonly Fault[];
  /**
   * When a killed server starts again: as soon as the others have a leader, or within a second. A server writes its log to the disk
   * some time after it has confirmed an entry. One that starts again at once may outvote the only other server that has it.
   */
  readonly restarts?: 'after-election' | 'at-once';
  readonly onProgress?: (text: string) => void;
}

/**
 * - `kill`: SIGKILL of a server that does not lead the stream. `kill-leader`: of the one that does. It starts again afterwards.
 * - `cut-off`: the network between the leader and the other servers is silent or cut for some seconds. The leader goes on, with the
 *   clients that it has.
 * - `stop`: the leader neither sends nor receives for some seconds (SIGSTOP), and then goes on where it was.
 */
export type Fault = 'kill' | 'kill-leader' | 'cut-off' | 'stop';

export interface ClusterResult {
  /** Of the servers. */
  readonly version: string;
  readonly published: number;
  /** Publishes that failed, so that it is unknown whether they were stored. */
  readonly unknown: number;
  /** Messages that the stream has stored. */
  readonly stored: number;
  readonly deliveries: number;
  readonly acknowledged: number;
  /** Settlements that were refused because their lease was over. */
  readonly stale: number;
  readonly faults: number;
  /** Acknowledged publishes that were neither acknowledged by a consumer nor found at the end. */
  readonly lost: number;
  readonly violations: readonly HistoryViolation[];
}
