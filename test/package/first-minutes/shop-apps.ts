import { eventsModule, fileOf } from './examples.ts';
import type { ShopApp } from './shop-project.ts';

/** Publishes what the component counts. The page has a mark that a reload would remove. */
const PUBLISHES = `
window.isFirstLoad = true;
window.place = (id) => events.publish('order.placed', { id, total: 25 });
await window.place(1);
`;

const SHOP = { 'src/events.ts': eventsModule() };

/** React under StrictMode. Vite compiles JSX itself, and reloads the page at an edit. */
export const REACT: ShopApp = {
  packages: ['react', 'react-dom'],
  config: "export default { esbuild: { jsx: 'automatic' } };",
  component: 'src/Orders.tsx',
  alsoShows: /own: heard;/,
  files: {
    ...SHOP,
    'src/Orders.tsx': fileOf('Orders.tsx'),
    'src/use-own-channel.ts': fileOf('use-own-channel.ts'),
    'src/Own.tsx': `
import { useListener } from 'ackline/react';
import { useEffect, useState } from 'react';
import { useOwnChannel } from './use-own-channel';

export function Own() {
  const [seen, setSeen] = useState<unknown[]>([]);
  const events = useOwnChannel('own');
  useListener(events, 'ping', ({ payload }) => setSeen((all) => [...all, payload]));
  useEffect(() => void events?.publish('ping', 'heard'), [events]);
  return <p>own: {seen.join()};</p>;
}
`,
    'src/main.tsx': `
import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { events } from './events';
import { Orders } from './Orders';
import { Own } from './Own';

const app = document.querySelector('#app') as Element;
createRoot(app).render(
  createElement(StrictMode, null, createElement(Orders), createElement(Own)),
);
${PUBLISHES}`,
    'src/server.tsx': `
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Orders } from './Orders';

export const render = () => renderToString(createElement(Orders));
`,
  },
  main: 'src/main.tsx',
  server: 'src/server.tsx',
};

export const VUE: ShopApp = {
  packages: ['vue', '@vitejs/plugin-vue'],
  config: "import vue from '@vitejs/plugin-vue';\nexport default { plugins: [vue()] };",
  component: 'src/Orders.vue',
  replacesInPlace: true,
  files: {
    ...SHOP,
    'src/Orders.vue': fileOf('Orders.vue'),
    'src/main.ts': `
import { createApp } from 'vue';
import { events } from './events';
import Orders from './Orders.vue';

createApp(Orders).mount('#app');
${PUBLISHES}`,
    'src/server.ts': `
import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import Orders from './Orders.vue';

export const render = () => renderToString(createSSRApp(Orders));
`,
  },
  main: 'src/main.ts',
  server: 'src/server.ts',
};

export const SVELTE: ShopApp = {
  packages: ['svelte', '@sveltejs/vite-plugin-svelte'],
  config:
    "import { svelte } from '@sveltejs/vite-plugin-svelte';\nexport default { plugins: [svelte()] };",
  component: 'src/Orders.svelte',
  replacesInPlace: true,
  files: {
    ...SHOP,
    'src/Orders.svelte': fileOf('Orders.svelte'),
    'src/main.ts': `
import { mount } from 'svelte';
import { events } from './events';
import Orders from './Orders.svelte';

mount(Orders, { target: document.querySelector('#app') as Element });
${PUBLISHES}`,
    'src/server.ts': `
import { render as renderSvelte } from 'svelte/server';
import Orders from './Orders.svelte';

export const render = () => renderSvelte(Orders).body;
`,
  },
  main: 'src/main.ts',
  server: 'src/server.ts',
};
