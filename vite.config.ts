import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import type { UserConfig } from 'vite';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import { defineConfig } from 'vitest/config';
import type { BrowserProviderOption } from 'vitest/node';
import { sharedHead } from './demo/vite/shared-head.ts';
import { shopInVite } from './demo/vite/shop-in-vite.ts';
import { askedEngines, type EngineName } from './test/setup/engine-names.mjs';
import { entrySources } from './test/setup/entry-sources.mjs';
import { ALONE } from './test/setup/files-alone.ts';
import { CHROMIUM_FLAGS, findChromium } from './test/setup/find-chromium.mjs';
import { FIREFOX_CHANNEL, FIREFOX_PREFERENCES, findFirefox } from './test/setup/find-firefox.mjs';
import { SlowFirst } from './test/setup/slow-first.ts';
import { webKitGtk } from './test/setup/webkitgtk-provider.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const elsewhere = [
  'test/**/*.browser.test.ts',
  'test/**/*.dom.test.ts',
  'test/**/*.e2e.test.ts',
  'test/.tmp/**',
];

// On disk, as in ordinary use. Otherwise IndexedDB is in memory, and large values behave differently.
const persistentContext = fromRoot(`test/.tmp/profile-${process.pid}`);

const providers: Record<EngineName, () => BrowserProviderOption> = {
  chromium: () =>
    playwright({
      persistentContext: `${persistentContext}-chromium`,
      launchOptions: { args: [...CHROMIUM_FLAGS], ...atPath(findChromium()) },
    }),
  firefox: () =>
    playwright({
      persistentContext: `${persistentContext}-firefox`,
      launchOptions: {
        channel: FIREFOX_CHANNEL,
        firefoxUserPrefs: { ...FIREFOX_PREFERENCES },
        ...atPath(findFirefox()),
      },
    }),
  webkitgtk: webKitGtk,
};

/** Parallel sessions cannot share a profile, and Vitest would run without it silently. Of such providers it starts one at a time. */
function inOneSession(option: BrowserProviderOption): BrowserProviderOption {
  const providerFactory: typeof option.providerFactory = (project) =>
    Object.assign(option.providerFactory(project), { supportsParallelism: false });
  return { ...option, providerFactory };
}

function atPath(executablePath: string | undefined) {
  return executablePath === undefined ? {} : { executablePath };
}

/** The defaults are one second for a poll and ten for a hook. A slow, loaded machine misses both. */
const PATIENCE = { expect: { poll: { timeout: 20_000 } }, hookTimeout: 60_000 };

function browserProject(engine: EngineName): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name: engine,
      include: ['test/**/*.browser.test.ts'],
      // zone.js replaces the same functions in every engine, so one engine runs the suite under it.
      exclude: engine === askedEngines()[0] ? [] : ['test/conformance.zone.browser.test.ts'],
      // A slow, loaded machine misses the default of 15 s, in WebKitGTK above all: it paints without a GPU.
      testTimeout: 60_000,
      ...PATIENCE,
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        // A slow, loaded machine misses the default of 60 s while a browser starts.
        connectTimeout: 180_000,
        provider: inOneSession(providers[engine]()),
        instances: [{ browser: engine === 'webkitgtk' ? 'webkit' : engine }],
      },
    },
  };
}

function e2eProject(
  name: string,
  files: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      environment: 'node',
      testTimeout: 60_000,
      ...PATIENCE,
      ...files,
    },
  };
}

const projects: TestProjectInlineConfiguration[] = [
  {
    extends: true,
    test: {
      name: 'node',
      environment: 'node',
      include: ['test/**/*.test.ts'],
      exclude: elsewhere,
      // The slowest tests take two seconds on a quiet machine. A slow, loaded one misses the default of five.
      testTimeout: 30_000,
      ...PATIENCE,
      setupFiles: ['fake-indexeddb/auto'],
    },
  },
  {
    extends: true,
    test: {
      name: 'happy-dom',
      environment: 'happy-dom',
      include: ['test/**/*.dom.test.ts'],
      ...PATIENCE,
    },
  },
  ...askedEngines().map(browserProject),
  // One after the other, because they measure times.
  e2eProject('e2e-alone', { include: [...ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } }),
  // These wait for most of their time.
  e2eProject('e2e', {
    include: ['test/**/*.e2e.test.ts'],
    exclude: [...ALONE, 'test/.tmp/**'],
    maxWorkers: 2,
    sequence: { groupOrder: 2 },
  }),
  {
    extends: true,
    test: {
      name: 'types',
      include: [],
      typecheck: {
        enabled: true,
        only: true,
        // Older compilers are installed too, and `tsc` may be any of them.
        checker: fromRoot('node_modules/typescript/bin/tsc'),
        include: ['test/**/*.test-d.ts'],
        // `npm run lint` reports the errors of other files.
        ignoreSourceErrors: true,
      },
    },
  },
];

const demo: UserConfig = {
  server: { fs: { allow: [fromRoot('.')] } },
  // The built pages may lie in any folder of a site.
  base: './',
  plugins: [sharedHead(), shopInVite()],
  build: {
    outDir: fromRoot('test/.tmp/demo'),
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      input: {
        tour: fromRoot('demo/index.html'),
        tab: fromRoot('demo/tour/tab.html'),
        shop: fromRoot('demo/shop/index.html'),
        'many-tabs': fromRoot('demo/many-tabs/index.html'),
        'many-tabs-tab': fromRoot('demo/many-tabs/tab.html'),
        load: fromRoot('demo/load/index.html'),
        'sign-out': fromRoot('demo/sign-out/index.html'),
        clock: fromRoot('demo/clock/index.html'),
        features: fromRoot('demo/features/index.html'),
        lab: fromRoot('demo/lab/index.html'),
        'shop/service-worker': fromRoot('demo/shop/service-worker.ts'),
      },
      // A service worker is found by its name, and controls its folder.
      output: {
        entryFileNames: ({ name }) =>
          name === 'shop/service-worker' ? '[name].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  worker: { format: 'es' },
};

export default defineConfig(({ mode }) => ({
  ...demo,
  // The tests find their files from the root of the project. Everything else is the demo.
  root: fromRoot(mode === 'test' ? '.' : 'demo'),
  // Without this, Vite reloads the page when a test or page first needs them.
  optimizeDeps: {
    include: [
      'fast-check',
      'idb',
      'nanoid',
      'react',
      'react-dom',
      'react-dom/client',
      'vue',
      'zone.js',
    ],
  },
  // Vue asks for them.
  define: {
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
  },
  resolve: {
    alias: [...entrySources].map(([entry, source]) => ({
      find: new RegExp(`^${entry}$`),
      replacement: fromRoot(source),
    })),
  },
  test: {
    projects,
    // Vitest would leave one core to itself. The tests of `node` run beside those of one browser.
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    reporters: ['default', fromRoot('test/setup/plain-reporter.mjs')],
  },
}));
