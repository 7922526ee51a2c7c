import type { PublicName } from './public-names.ts';
import { usersOf } from './public-names.ts';

/** The name of the page of an entry. */
export function pageOf(entry: string): string {
  return `${entry.replace('/', '-')}.md`;
}

const NOTE = 'This page is drawn from the docstrings of the source by `npm run reference`.';

/** The page of an entry. */
export function referencePage(entry: string, names: readonly PublicName[]): string {
  const own = names.filter((one) => one.entry === entry);
  const sections = own.map((one) => section(one, names));
  const index = own.map(({ name }) => `[\`${name}\`](#${anchor(name)})`).join(', ');
  return [`# Reference: ${entry}`, NOTE, index, ...sections].join('\n\n').concat('\n');
}

/** The page that leads to the others. */
export function referenceIndex(entries: readonly string[], names: readonly PublicName[]): string {
  const rows = entries.map((entry) => {
    const values = names.filter((one) => one.entry === entry && one.kind === 'value');
    const shown = values.map(({ name }) => `\`${name}\``).join(', ');
    return `| [\`${entry}\`](${pageOf(entry)}) | ${shown} |`;
  });
  const head = '| entry | functions, classes and constants |\n|---|---|';
  return `# Reference\n\n${NOTE} The [README](../../README.md) says where to begin.\n\n${head}\n${rows.join('\n')}\n`;
}

/** The anchor of a heading. */
export function anchor(name: string): string {
  return name.toLowerCase();
}

function section(one: PublicName, names: readonly PublicName[]): string {
  const { name, text, signature, examples, path } = one;
  return [
    `## ${name}`,
    ...(text === '' ? [] : [plainText(text)]),
    fenced(signature),
    ...examples.flatMap((example) => ['Example:', fenced(example)]),
    ...usedBy(one, names),
    `Source: \`${path.replace(/^src\//, '')}\``,
  ].join('\n\n');
}

/** A type without an example of its own is seen in those of the values that use it. */
function usedBy(one: PublicName, names: readonly PublicName[]): readonly string[] {
  if (one.kind === 'value' || one.examples.length > 0) return [];
  const users = usersOf(one, names).filter(({ examples }) => examples.length > 0);
  const shown = users.slice(0, 6).map(({ entry, name }) => {
    const page = entry === one.entry ? '' : pageOf(entry);
    return `[\`${name}\`](${page}#${anchor(name)})`;
  });
  return shown.length === 0 ? [] : [`Used by ${[...new Set(shown)].join(', ')}.`];
}

/** The blocks are not marked `ts`: their free names are those of test/reference/free-names.ts, and a test compiles them there. */
function fenced(code: string): string {
  return `\`\`\`typescript\n${code.trimEnd()}\n\`\`\``;
}

/** Docstrings are Markdown. Their links become those of a page. */
function plainText(text: string): string {
  return text
    .replaceAll(/\{@link (https?:[^\s}]+)\s*\}/g, '<$1>')
    .replaceAll(/\{@link (https?:[^\s}]+)[\s|]+([^}]+)\}/g, '[$2]($1)')
    .replaceAll(/\{@link\s+([^\s}|]+)[^}]*\}/g, '`$1`');
}
