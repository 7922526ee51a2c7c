import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { build, createServer, preview, type ViteDevServer } from 'vite';
import type { Files } from './kit.ts';
import type { Project, Tools } from './project.ts';
import { unshown, visit } from './visit.ts';

/** An application that shows the component of docs/frameworks.md, and publishes one order. */
export interface ShopApp {
  readonly packages: readonly string[];
  /** The packages that this repository does not have. */
  readonly downloads?: readonly string[];
  readonly config: string;
  readonly files: Files;
  /** The module that the page loads. */
  readonly main: string;
  /** The module that renders the component on a server. */
  readonly server: string;
  /** The file of the component. */
  readonly component: string;
  /** What the page shows beside the component. */
  readonly alsoShows?: RegExp;
  /** Whether an edit of the component replaces it without a reload. */
  readonly replacesInPlace?: boolean;
}

const SHOWN = /(done|handled): 1, waiting: 0/;

/** Looks at the application in development, after an edit, built, and rendered on a server. */
export function shopProject(name: string, app: ShopApp): Project {
  const run = async (tools: Tools) => {
    const root = await makeFolder(tools, name, app);
    const configFile = join(root, 'vite.config.js');
    const settings = { root, configFile, logLevel: 'error' } as const;
    const server = await createServer({
      ...settings,
      // A file watcher may miss an edit.
      server: { host: '127.0.0.1', port: 0, watch: null },
    });
    await server.listen();
    const rendered = await renderFaults(server, app);
    const inDevelopment = await editFaults(tools.browser, server, root, app);
    await server.close();
    await build(settings);
    const built = await preview({ ...settings, preview: { host: '127.0.0.1', port: 0 } });
    const url = built.resolvedUrls?.local[0] ?? '';
    const inProduction = await visit(tools.browser, url, (seen) => unshown(seen, SHOWN));
    await built.close();
    return [...rendered, ...inDevelopment, ...inProduction];
  };
  return { name, ...(app.downloads && { downloads: true as const }), run };
}

async function makeFolder({ kit }: Tools, name: string, app: ShopApp): Promise<string> {
  const html = `<!doctype html><div id="app"></div><script type="module" src="/${app.main}"></script>`;
  const files = { ...app.files, 'vite.config.js': app.config, 'index.html': html };
  if (app.downloads) return kit.download(files, [...app.packages, ...app.downloads]);
  return kit.project(name.replaceAll(/\W+/g, '-'), files, app.packages);
}

/** Node has no IndexedDB here: nothing may be read or listened to. */
async function renderFaults(server: ViteDevServer, app: ShopApp): Promise<readonly string[]> {
  const { render } = await server.ssrLoadModule(`/${app.server}`);
  const html = String(await render()).replaceAll(/<!--.*?-->/g, '');
  return /done: ,\s+waiting: …/.test(html) ? [] : [`a server renders ${html}`];
}

/** After an edit of the component, each order is handled once, and by the new code. */
function editFaults(
  browser: Browser,
  server: ViteDevServer,
  root: string,
  app: ShopApp,
): Promise<readonly string[]> {
  return visit(browser, server.resolvedUrls?.local[0] ?? '', async (seen) => {
    const before = await unshown(seen, SHOWN);
    if (before.length > 0) return before;
    const beside = app.alsoShows ? await unshown(seen, app.alsoShows) : [];
    const file = join(root, app.component);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('done:', 'handled:'));
    server.watcher.emit('change', file);
    const edited = await unshown(seen, /handled:/);
    const isFirstLoad = await seen.page.evaluate('window.isFirstLoad');
    if (!app.replacesInPlace) return [...before, ...beside, ...edited];
    await seen.page.evaluate('window.place(2)');
    const after = await unshown(seen, /handled: (1,)?2, waiting: 0/);
    const reloaded = isFirstLoad ? [] : ['the edit reloads the page'];
    return [...before, ...beside, ...edited, ...after, ...reloaded];
  });
}
