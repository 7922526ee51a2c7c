import type { Plugin } from 'vite';

const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='9' fill='%230f766e'/><path d='M8 17l5 5 11-12' fill='none' stroke='white' stroke-width='3.5' stroke-linecap='round' stroke-linejoin='round'/></svg>";

/** Only built pages have it: the development server of Vite adds scripts and styles of its own. */
const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'; img-src 'self' data:" />`;

const HEAD = `
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="${ICON}" />
    <link rel="stylesheet" href="/style.css" />`;

/** Writes the lines that the heads of all pages of the demo share. A page itself has its title and its own styles. */
export function sharedHead(): Plugin {
  let isBuild = false;
  return {
    name: 'ackline-shared-head',
    configResolved({ command }) {
      isBuild = command === 'build';
    },
    transformIndexHtml: {
      // Before Vite reads the links.
      order: 'pre',
      handler: (html) => html.replace('<head>', `<head>${isBuild ? POLICY : ''}${HEAD}`),
    },
  };
}
