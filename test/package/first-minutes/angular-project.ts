import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { preview } from 'vite';
import { eventsModule, fileOf } from './examples.ts';
import type { Project } from './project.ts';
import { programFaults, runProgram } from './run-program.ts';
import { unshown, visit } from './visit.ts';

const ANGULAR_PACKAGES = [
  'core',
  'common',
  'compiler',
  'platform-browser',
  'compiler-cli',
  'cli',
  'build',
];
const PACKAGES = [
  ...ANGULAR_PACKAGES.map((name) => `@angular/${name}@22`),
  'rxjs@7',
  'zone.js@0.16',
];

/** The builder of Angular knows no `import.meta.hot`. */
const EVENTS = eventsModule().replace(/^if \(import\.meta\.hot\) \{.*?^\}\n/ms, '');

const MAIN = `
import { provideZoneChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { events } from './events';
import { Orders } from './orders';

// zone.js allows no await at the top of a module.
void bootstrapApplication(Orders, { providers: [provideZoneChangeDetection()] }).then(() => {
  if (!('Zone' in globalThis)) throw new Error('zone.js is not loaded');
  return events.publish('order.placed', { id: 1, total: 25 });
});
`;

const WORKSPACE = {
  version: 1,
  projects: {
    shop: {
      projectType: 'application',
      root: '',
      sourceRoot: 'src',
      architect: {
        build: {
          builder: '@angular/build:application',
          options: {
            browser: 'src/main.ts',
            index: 'src/index.html',
            tsConfig: 'tsconfig.json',
            outputPath: 'dist',
            polyfills: ['zone.js'],
          },
        },
      },
    },
  },
  cli: { analytics: false },
};

const TYPESCRIPT = {
  compilerOptions: {
    strict: true,
    target: 'ES2022',
    module: 'preserve',
    moduleResolution: 'bundler',
    skipLibCheck: true,
    experimentalDecorators: true,
    useDefineForClassFields: false,
    lib: ['ES2023', 'DOM', 'ESNext.Disposable'],
    types: [],
  },
  files: ['src/main.ts'],
};

const FILES = {
  'package.json': JSON.stringify({ name: 'shop', private: true, type: 'module' }),
  'angular.json': JSON.stringify(WORKSPACE),
  'tsconfig.json': JSON.stringify(TYPESCRIPT),
  'src/index.html': '<!doctype html><base href="/"><app-orders></app-orders>',
  'src/main.ts': MAIN,
  'src/events.ts': EVENTS,
  'src/orders.ts': fileOf('orders.ts'),
};

/** Built by the Angular CLI, with zone.js and its change detection. */
export const ANGULAR: Project = {
  name: 'Angular with zone.js',
  downloads: true,
  run: async ({ kit, browser }) => {
    const folder = await kit.download(FILES, PACKAGES);
    const cli = join(folder, 'node_modules/@angular/cli/bin/ng.js');
    const building = runProgram(folder, process.execPath, [cli, 'build'], 600_000);
    const faults = await programFaults('ng build', building);
    const outDir = join(folder, 'dist/browser');
    if (faults.length > 0 || !existsSync(outDir)) return faults;
    const served = await preview({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
    });
    const url = served.resolvedUrls?.local[0] ?? '';
    const shown = await visit(browser, url, (seen) => unshown(seen, /done: 1/));
    await served.close();
    return shown;
  },
};
