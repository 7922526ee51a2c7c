import type { Delivery } from '../core/delivery/delivery.ts';
import { applyOptions, checkRuntime, refuse, requireOptions } from '../core/options/options.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import type {
  PlatformBody,
  PlatformFetch,
  PlatformFetchInit,
  PlatformResponse,
} from './http-types.ts';
import type { SendOutcome } from './send-outcome.ts';

type HeaderValues = Readonly<Record<string, string>>;

/** A string, or a `URL`. A relative one is of the page, and Node refuses it. */
type Address = string | { readonly href: string };

/** The request is sent again at once with this payload, under another `Idempotency-Key`. */
export interface ConflictPayload<Payload> {
  readonly payload: Payload;
}

/** Options of both senders. `About` is what their functions receive: a delivery, or those of a batch. */
export interface RequestOptions<About> {
  readonly url: Address | ((about: About) => Address);
  /** Default: `POST`. */
  readonly method?: string | undefined;
  /** A function is called for each request, so that it can give a fresh token. */
  readonly headers?:
    | HeaderValues
    | ((about: About) => HeaderValues | Promise<HeaderValues>)
    | undefined;
  /** Longest duration of a request in milliseconds, its answer included, from 1; default 30,000. After that it is `unreachable`. */
  readonly timeoutMs?: number | undefined;
  /** Longest time of a `Retry-After` that is followed, in milliseconds, from 0; default 3,600,000, one hour. */
  readonly maxRetryAfterMs?: number | undefined;
  /**
   * `'manual'` (default): a redirect is followed by no request, and holds back the outbox. `'follow'`: the last answer counts.
   * After a 301, 302 or 303 the platform sends a `GET` without the body, so a success then proves nothing.
   */
  readonly redirect?: 'manual' | 'follow' | undefined;
  /**
   * Other options of `fetch`, such as `credentials` or `keepalive`. Without `cache` it is `'no-store'`: an answer from a cache
   * would count as the server's.
   */
  readonly init?: PlatformFetchInit | undefined;
  /** Default: the platform's `fetch`, read at each request. */
  readonly fetch?: PlatformFetch | undefined;
  /** The clock, for time-outs and dates of `Retry-After`. Default: the system's. */
  readonly runtime?: Runtime | undefined;
}

export interface HttpSenderOptions<Payload = unknown> extends RequestOptions<Delivery<Payload>> {
  /**
   * What is sent: a string, a `Blob`, a `FormData`, bytes. Default: the payload as JSON, with the `content-type` of JSON. For
   * `GET` and `HEAD`: nothing. A body that is no default gets the `content-type` that the platform gives it.
   */
  readonly body?:
    | ((payload: Payload, delivery: Delivery<Payload>) => PlatformBody | Promise<PlatformBody>)
    | undefined;
  /**
   * The outcome of an answer, or undefined for the default by its status. It may read the body.
   *
   * @example
   * classify: ({ status }) => (status === 422 ? { result: 'retry', afterMs: 60_000 } : undefined)
   */
  readonly classify?:
    | ((
        response: PlatformResponse,
        delivery: Delivery<Payload>,
      ) => SendOutcome | undefined | Promise<SendOutcome | undefined>)
    | undefined;
  /**
   * Decides after a 409 or 412: `done`, `reject` or another outcome, or another payload to send. Undefined, or without this
   * option: the event becomes a dead letter. It may read the body.
   */
  readonly onConflict?:
    | ((
        response: PlatformResponse,
        delivery: Delivery<Payload>,
      ) =>
        | SendOutcome
        | ConflictPayload<Payload>
        | undefined
        | Promise<SendOutcome | ConflictPayload<Payload> | undefined>)
    | undefined;
}

type DefaultedOptions = 'method' | 'timeoutMs' | 'maxRetryAfterMs' | 'redirect' | 'runtime';

type ResolvedOf<Options extends RequestOptions<never>> = Omit<Options, DefaultedOptions> & {
  readonly [Option in DefaultedOptions]: NonNullable<Options[Option]>;
};

export type ResolvedRequest<About> = ResolvedOf<RequestOptions<About>>;
export type ResolvedHttp<Payload> = ResolvedOf<HttpSenderOptions<Payload>>;

function check(type: string) {
  return (option: string, value: unknown): void => {
    const isObject = value !== null && type.includes(typeof value);
    if (!isObject) refuse(option, type, value);
  };
}

const checkFunction = check('a function');

const RULES = {
  url: check('a string, a URL object or a function'),
  method: check('a string'),
  headers: check('an object or a function'),
  body: checkFunction,
  timeoutMs: 1,
  maxRetryAfterMs: 0,
  redirect: ['manual', 'follow'],
  init: check('an object'),
  fetch: checkFunction,
  classify: checkFunction,
  onConflict: checkFunction,
  runtime: (_: string, value: unknown) => checkRuntime(value as Runtime),
};

/** Errors: `TypeError`. */
export function checkHttpOptions<Options extends RequestOptions<never>>(
  options: Options,
): ResolvedOf<Options> {
  requireOptions(options, 'options', 'an object with url');
  const { url } = options;
  RULES.url('url', url);
  const defaults = {
    url,
    method: 'POST',
    timeoutMs: 30_000,
    maxRetryAfterMs: 3_600_000,
    redirect: 'manual',
    runtime: systemRuntime,
  };
  return applyOptions(defaults, options, RULES) as unknown as ResolvedOf<Options>;
}
