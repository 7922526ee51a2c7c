// Covers src/react/*.ts, src/stores/*.ts
import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { test } from 'vitest';
import { expectQuietOnServer, type ServerParts, useAll } from '../stores/server-case.ts';

const hooks = { useDeadLetters, useListener, useMembers, useOutbox, useStats, useStatus };

function Page({ parts }: { readonly parts: ServerParts }) {
  return JSON.stringify(useAll(hooks, parts));
}

test('react: rendering on a server shows what is known before a read, and starts nothing', () =>
  expectQuietOnServer((parts) => renderToString(createElement(Page, { parts }))));
