import { join } from 'node:path';
import { eventsModule, fileOf } from './examples.ts';
import type { Project } from './project.ts';
import { programFaults, runProgram } from './run-program.ts';
import { serveProgram } from './serve-program.ts';
import { unshown, visit } from './visit.ts';

const PACKAGES = [
  'next@16',
  'react@19',
  'react-dom@19',
  'typescript@5',
  '@types/react@19',
  '@types/node@24',
];

/** Next replaces modules without `import.meta.hot`, so the lines for Vite are left out. */
const EVENTS = eventsModule().replace(/^if \(import\.meta\.hot\) \{.*?^\}\n/ms, '');

const FILES = {
  'app/layout.tsx': `
export default function Layout({ children }: { readonly children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
  'app/page.tsx': `
import { Orders } from './Orders';
import { Place } from './Place';

export default function Page() {
  return <main><Orders /><Place /></main>;
}
`,
  'app/Orders.tsx': `'use client';\n${fileOf('Orders.tsx')}`,
  'app/Place.tsx': `'use client';
import { events } from './events';

export function Place() {
  const place = () => void events.publish('order.placed', { id: 1, total: 25 });
  return <button type="button" onClick={place}>place</button>;
}
`,
  'app/events.ts': EVENTS,
  'next.config.mjs': 'export default { reactStrictMode: true, devIndicators: false };',
};

const SHOWN = /done: 1, waiting: 0/;

/** Renders on the server without IndexedDB, hydrates, and handles one order: built, and in development under StrictMode. */
export const NEXT: Project = {
  name: 'Next',
  downloads: true,
  run: async ({ kit, browser }) => {
    const folder = await kit.download(FILES, PACKAGES);
    const next = join(folder, 'node_modules/next/dist/bin/next');
    const building = runProgram(folder, process.execPath, [next, 'build'], 600_000);
    const faults = [...(await programFaults('next build', building))];
    for (const verb of faults.length > 0 ? [] : ['start', 'dev']) {
      const args = [next, verb, '-p', '0', '-H', '127.0.0.1'];
      const server = await serveProgram(folder, process.execPath, args);
      const seen = await visit(browser, server.url, async (visited) => {
        const rendered = await visited.page.request.get(server.url);
        const html = (await rendered.text()).replaceAll(/<!--.*?-->/g, '');
        const isRendered = /done: , waiting: …/.test(html);
        const ready = await unshown(visited, /done: , waiting: 0/);
        await visited.page.getByRole('button', { name: 'place' }).click();
        const shown = await unshown(visited, SHOWN);
        return [...(isRendered ? [] : [`next ${verb} renders ${html}`]), ...ready, ...shown];
      });
      await server.close();
      const printed = seen.length > 0 ? [`next ${verb} printed: ${server.printed()}`] : [];
      faults.push(...seen.map((fault) => `next ${verb}: ${fault}`), ...printed);
    }
    return faults;
  },
};
