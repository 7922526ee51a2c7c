// Covers src/inspector/dom.ts, src/inspector/styles.ts
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../setup/bundle.ts';
import { askedEngines } from '../setup/engine-names.mjs';
import { launchEngine } from '../setup/engines.ts';
import { pageOf, type ServedPages, servePages } from '../setup/serve-pages.ts';

const POLICY = {
  'content-security-policy': "default-src 'self'; require-trusted-types-for 'script'",
};

const PAGE = `<!doctype html><html lang="en"><title>Inspector</title>
<main></main><script type="module" src="/page.js"></script></html>`;

let pages: ServedPages;

beforeAll(async () => {
  const script = async (name: string) => ({
    type: 'text/javascript' as const,
    body: await bundle(new URL(`./contexts/${name}`, import.meta.url)),
  });
  const around = pageOf('/around.js');
  pages = await servePages({
    '/page.js': await script('inspector-page.ts'),
    '/around.js': await script('strict-frame.ts'),
    '/strict': { type: 'text/html', body: PAGE, headers: POLICY },
    '/': {
      ...around,
      body: `<iframe src="/strict" width="1000" height="800"></iframe>${around.body}`,
    },
  });
});

afterAll(() => pages?.close());

test.for(askedEngines())(
  '%s: a page with a strict policy and Trusted Types reports no violation, and payloads are text',
  async (name) => {
    const engine = await launchEngine(name);
    try {
      const tab = await engine.openTab(`${pages.url}/`);
      await tab.waitFor(() => window.walk !== undefined);
      const { provoked, ...walked } = await tab.evaluate(() => window.walk());
      expect(walked).toEqual({ violations: [], images: 0, title: 'Inspector' });
      expect(provoked.join()).toContain('require-trusted-types-for');
    } finally {
      await engine.close();
    }
  },
);
