/** What a backend can do beyond the five verbs. Each name is the name of an option or a method. */
export type Capability =
  | 'publishMany'
  | 'dequeueMany'
  | 'extend'
  | 'reject'
  | 'stats'
  | 'deadLetters'
  /** Dead letters have a `cursor`, after which `deadLetters` can begin. */
  | 'cursor'
  | 'redrive'
  | 'purge'
  | 'cancel'
  /** `ackline/inspection` can list events, channels, and watch the counts of a channel. */
  | 'browse'
  | 'channels'
  | 'watchStats'
  /** The backend has `groups`. A verb that names a channel, except publish, takes the name of a queue, `channel@group`, too. */
  | 'groups'
  /** As `groups`, but the groups are those of one context. A group begins with its first consumer and ends with its last one. */
  | 'localGroups'
  | 'observe'
  | 'delayMs'
  | 'availableAt'
  | 'ttlMs'
  | 'priority'
  | 'durability'
  /** `publish` takes an `id`, which is stored once within `dedupeWindowMs`. */
  | 'id'
  /** `publish` takes a `key` and `onDeadLetter`. The backend has `blockedKeys` and `releaseKey`. */
  | 'keys'
  /** `publish` takes `replaces`. */
  | 'replace'
  /** `publish` takes `sql`: the event is stored by a transaction of the program. */
  | 'sql'
  /** `publish` takes `maxBacklog`. */
  | 'maxBacklog'
  /** `publish` takes `retentionMs`: the result of the event is kept, and `ackline/results` can read it. */
  | 'retentionMs'
  /** `publish` takes `after`. Needs `retentionMs`, too. */
  | 'after'
  /** The backend checks and copies events itself, so the channel does not copy them, too. */
  | 'maxEventBytes'
  | 'leaseMs'
  /** A nack can postpone an event without counting the attempt. */
  | 'countsAsAttempt'
  /** Events that wait for a retry can be made due at once. */
  | 'retryNow'
  /** A nack takes `reason: 'offline'`. `retryNow` can select those events, and the platform's `online` event makes them due. */
  | 'offline'
  | 'maxAttempts'
  /** The events of a consumer that lives are not delivered to others after their leases expire, until `maxHoldMs` has passed. */
  | 'maxHoldMs'
  /** The backend itself keeps a Node process alive while a consumer waits, as `keepAlive` says. */
  | 'keepAlive'
  /** Every member of a channel receives each event and sends the publisher a receipt. Needs `maxEventBytes`, too. */
  | 'publishConfirmed'
  | 'request'
  | 'reply'
  | 'self'
  /** A wait may go on without polls, because each event that becomes due ends it. */
  | 'staysIdle'
  /** The backend has `members` and `watchMembers`, which list the contexts that receive a channel's events. */
  | 'members'
  /** A context receives events from its first `join` of a channel until all that joined have left. */
  | 'join';

export type Capabilities = Readonly<Partial<Record<Capability, true>>>;
