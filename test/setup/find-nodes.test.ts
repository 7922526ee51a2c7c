// Covers test/setup/find-nodes.mjs
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findNodes } from './find-nodes.mjs';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ackline-nodes-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
});

/** A program that prints that version, as Node does. */
function installNode(place: string, version: string): string {
  const path = join(home, place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

const own = process.version;
const versionsOf = (env: NodeJS.ProcessEnv) =>
  findNodes({ HOME: home, PATH: '', ...env }).nodes.map(({ version }) => version);

test('findNodes: it finds one Node of each other major version on the machine', () => {
  installNode('.nvm/versions/node/v20.19.4/bin/node', 'v20.19.4');
  installNode('.nvm/versions/node/v20.20.0/bin/node', 'v20.20.0');
  installNode('.local/share/fnm/node-versions/v22.14.0/installation/bin/node', 'v22.14.0');
  const onPath = installNode('bin/node', 'v26.1.0');
  expect(versionsOf({ PATH: dirname(onPath) })).toEqual([own, 'v26.1.0', 'v20.19.4', 'v22.14.0']);
});

test('findNodes: unsupported versions are left out, and missing ones are named', () => {
  installNode('.nvm/versions/node/v20.9.0/bin/node', 'v20.9.0');
  installNode('.nvm/versions/node/v21.7.0/bin/node', 'v21.7.0');
  const { nodes, leftOut } = findNodes({ HOME: home, PATH: '' });
  expect(nodes.map(({ version }) => version)).toEqual([own]);
  expect(leftOut).toEqual(['Node 20', 'Node 22', 'Node 26']);
});

test('findNodes: it finds the Node that started npm, and each Node of the variable, once', () => {
  const ofNpm = installNode('npm/node', 'v20.9.0');
  const listed = [installNode('a/node', 'v21.0.0'), installNode('b/node', 'v20.9.0')];
  const env = { npm_node_execpath: ofNpm, ACKLINE_NODES: listed.join(delimiter) };
  expect(versionsOf(env)).toEqual([own, 'v20.9.0', 'v21.0.0']);
});

test('findNodes: a path that starts no Node is refused', () => {
  const path = join(home, 'nothing');
  expect(() => findNodes({ HOME: home, ACKLINE_NODES: path })).toThrow(path);
});

test('findNodes: when npm cannot fetch a version, it is named as missing', () => {
  const { nodes, leftOut } = findNodes({ HOME: home, PATH: '', ACKLINE_NODES: 'available' });
  expect(nodes.map(({ version }) => version)).toEqual([own]);
  expect(leftOut).toEqual(['Node 20', 'Node 22', 'Node 26']);
});
