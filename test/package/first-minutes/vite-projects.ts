import { join } from 'node:path';
import type { Browser } from 'playwright';
import { build, createServer, preview } from 'vite';
import { readmeExamples } from './examples.ts';
import type { Project } from './project.ts';
import { REACT, SVELTE, VUE } from './shop-apps.ts';
import { shopProject } from './shop-project.ts';
import { missing, type Visit, visit } from './visit.ts';

const pageOf = (script: string) =>
  `<!doctype html><title>Shop</title><script type="module" src="/${script}"></script>`;

const pages = readmeExamples().map(({ file }) => file.replace('.ts', '.html'));

/** The empty project of vite, with one page for each example. */
const CONFIG = `export default { build: { rolldownOptions: { input: ${JSON.stringify(pages)} } } };`;

/** What the example must have done in the page. */
async function exampleFaults(place: number, seen: Visit): Promise<readonly string[]> {
  const example = readmeExamples()[place];
  const posted = example?.needsPage ? [/posted POST .*tea/] : [];
  return missing(seen, [...(example?.prints ?? []), ...posted]);
}

async function visitEach(browser: Browser, url: string): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [place, page] of pages.entries())
    faults.push(...(await visit(browser, url + page, (seen) => exampleFaults(place, seen))));
  return faults;
}

const empty: Project = {
  name: 'Vite, empty project',
  run: async ({ kit, browser }) => {
    const scripts = readmeExamples().map(({ file, code }) => [file, code] as const);
    const html = scripts.map(([file]) => [file.replace('.ts', '.html'), pageOf(file)] as const);
    const files = Object.fromEntries([...scripts, ...html]);
    const root = kit.project('vite', { ...files, 'vite.config.js': CONFIG });
    const settings = { root, configFile: join(root, 'vite.config.js'), logLevel: 'error' } as const;
    const server = await createServer({ ...settings, server: { host: '127.0.0.1', port: 0 } });
    await server.listen();
    const inDevelopment = await visitEach(browser, server.resolvedUrls?.local[0] ?? '');
    await server.close();
    await build(settings);
    const built = await preview({ ...settings, preview: { host: '127.0.0.1', port: 0 } });
    const inProduction = await visitEach(browser, built.resolvedUrls?.local[0] ?? '');
    await built.close();
    return [...inDevelopment, ...inProduction];
  },
};

export const VITE_PROJECTS: readonly Project[] = [
  empty,
  shopProject('Vite, React under StrictMode', REACT),
  shopProject('Vite, Vue', VUE),
  shopProject('Vite, Svelte', SVELTE),
];
