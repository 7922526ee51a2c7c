import type { Happening } from '../happening.ts';
import type { ChannelName } from './channels.ts';
import type { ConsumerState } from './consumer.ts';
import type { HandlerSettings } from './handlers.ts';

export type ToWorker =
  | { readonly type: 'start' | 'stop' | 'release'; readonly channel: ChannelName }
  | { readonly type: 'configure'; readonly settings: HandlerSettings };

export type FromWorker =
  | {
      readonly type: 'report';
      readonly state: ConsumerState;
      /** What happened since the last report. */
      readonly happenings: readonly Happening[];
    }
  | { readonly type: 'fault'; readonly message: string };
