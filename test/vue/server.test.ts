// Covers src/vue/*.ts, src/stores/*.ts
import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/vue';
import { test } from 'vitest';
import { createSSRApp, defineComponent, type ShallowRef } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { expectQuietOnServer, useAll } from '../stores/server-case.ts';

const hooks = { useDeadLetters, useListener, useMembers, useOutbox, useStats, useStatus };

test('vue: rendering on a server shows what is known before a read, and starts nothing', () =>
  expectQuietOnServer((parts) => {
    const Page = defineComponent(() => {
      const shown = useAll(hooks, parts) as readonly ShallowRef<unknown>[];
      return () => JSON.stringify(shown.map(({ value }) => value ?? null));
    });
    return renderToString(createSSRApp(Page));
  }));
