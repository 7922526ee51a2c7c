import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import type { UserConfig } from 'vite';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_FLAGS, findChromium } from './test/setup/find-chromium.mjs';

const fromRoot = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const elsewhere = [
  'test/**/*.browser.test.ts',
  'test/**/*.dom.test.ts',
  'test/**/*.e2e.test.ts',
  'test/.tmp/**',
];

function chromium() {
  const executablePath = findChromium();
  return playwright({
    // On disk, as a visitor's is: otherwise IndexedDB lives in memory, and large values behave differently.
    persistentContext: fromRoot(`test/.tmp/chromium-${process.pid}`),
    launchOptions: {
      args: [...CHROMIUM_FLAGS],
      ...(executablePath === undefined ? {} : { executablePath }),
    },
  });
}

const projects: TestProjectInlineConfiguration[] = [
  {
    extends: true,
    test: {
      name: 'node',
      environment: 'node',
      include: ['test/**/*.test.ts'],
      exclude: elsewhere,
      setupFiles: ['fake-indexeddb/auto'],
    },
  },
  {
    extends: true,
    test: {
      name: 'happy-dom',
      environment: 'happy-dom',
      include: ['test/**/*.dom.test.ts'],
    },
  },
  {
    extends: true,
    test: {
      name: 'chromium',
      include: ['test/**/*.browser.test.ts'],
      // Sessions side by side cannot share a profile, and Vitest would silently do without it.
      fileParallelism: false,
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        provider: chromium(),
        instances: [{ browser: 'chromium' }],
      },
    },
  },
  {
    extends: true,
    test: {
      name: 'e2e',
      environment: 'node',
      include: ['test/**/*.e2e.test.ts'],
      fileParallelism: false,
      // In a group of its own: it needs all the cores to itself.
      sequence: { groupOrder: 1 },
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  },
  {
    extends: true,
    test: {
      name: 'types',
      include: [],
      typecheck: {
        enabled: true,
        only: true,
        include: ['test/**/*.test-d.ts'],
        // Of other files `npm run lint` tells.
        ignoreSourceErrors: true,
      },
    },
  },
];

const demo: UserConfig = {
  server: { fs: { allow: [fromRoot('.')] } },
  build: { outDir: fromRoot('test/.tmp/demo'), emptyOutDir: true, target: 'es2022' },
  worker: { format: 'es' },
};

export default defineConfig(({ mode }) => ({
  ...demo,
  // The tests find their files from the project's root; everything else is the demo.
  root: fromRoot(mode === 'test' ? '.' : 'demo'),
  // Without it the first test or page that needs them makes Vite reload the page.
  optimizeDeps: { include: ['idb', 'nanoid'] },
  resolve: {
    alias: [
      { find: /^ackline$/, replacement: fromRoot('src/index.ts') },
      { find: /^ackline\/indexeddb$/, replacement: fromRoot('src/indexeddb.ts') },
      { find: /^ackline\/testing$/, replacement: fromRoot('src/testing.ts') },
    ],
  },
  test: {
    projects,
    reporters: ['default', fromRoot('test/setup/plain-reporter.mjs')],
  },
}));
