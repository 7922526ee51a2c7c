import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript-5.9';
import { root } from '../package/paths.ts';
import { entrySources } from '../setup/entry-sources.mjs';

/** A name that an entry exports. */
export interface PublicName {
  readonly entry: string;
  readonly name: string;
  /** A value exists at run time, a type does not. */
  readonly kind: 'value' | 'type';
  /** The file that declares it. */
  readonly path: string;
  /** As in its declaration file, without the docstring. Overloads follow each other. */
  readonly signature: string;
  /** The signature, and those of the declarations of its file that it leads to and that no entry exports. */
  readonly mentions: string;
  /** The docstring without its tags. */
  readonly text: string;
  readonly examples: readonly string[];
}

interface Exported {
  readonly name: string;
  readonly declared: string;
  readonly path: string;
  /** Whether the entry exports a class as its type alone. */
  readonly isTypeOnly: boolean;
}

const declarations = new Map<string, ts.SourceFile>();

/** The declaration file of a source file. The sources are isolated declarations, so that none needs another. */
function declarationFile(path: string): ts.SourceFile {
  const known = declarations.get(path);
  if (known) return known;
  const text = readFileSync(join(root, path), 'utf8');
  const { outputText } = ts.transpileDeclaration(text, {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext },
  });
  const file = ts.createSourceFile(path, outputText, ts.ScriptTarget.Latest, true);
  declarations.set(path, file);
  return file;
}

/** Every export of a file that has a name. */
function exportsOf(path: string): readonly Exported[] {
  const text = readFileSync(join(root, path), 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return [];
    const { exportClause: clause, moduleSpecifier: from } = statement;
    if (!clause || !ts.isNamedExports(clause) || !from || !ts.isStringLiteral(from)) return [];
    const target = posix.join(posix.dirname(path), from.text);
    return clause.elements.map(({ name, propertyName, isTypeOnly }) => ({
      name: name.text,
      declared: (propertyName ?? name).text,
      path: target,
      isTypeOnly: isTypeOnly || statement.isTypeOnly,
    }));
  });
}

function isNamed(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some(({ name: own }) => own.getText() === name);
  return (statement as { readonly name?: ts.Node }).name?.getText() === name;
}

/** The declarations of a name, in its own file. */
function declarationsOf({ path, declared }: Exported): {
  readonly path: string;
  readonly found: readonly ts.Statement[];
} {
  const found = declarationFile(path).statements.filter((one) => isNamed(one, declared));
  if (found.length > 0) return { path, found };
  const passedOn = exportsOf(path).find(({ name }) => name === declared);
  if (!passedOn) throw new Error(`${path} does not declare ${declared}`);
  return declarationsOf(passedOn);
}

function isType(statement: ts.Statement): boolean {
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

function describe(entry: string, exported: Exported): PublicName {
  const { path, found } = declarationsOf(exported);
  const docs = found.flatMap((statement) => ts.getJSDocCommentsAndTags(statement));
  const comments = docs.filter(ts.isJSDoc);
  const tags = comments.flatMap(({ tags: own }) => [...(own ?? [])]);
  const textOf = (of: { readonly comment?: ts.JSDoc['comment'] }) =>
    ts.getTextOfJSDocComment(of.comment)?.trim() ?? '';
  return {
    entry,
    name: exported.name,
    kind: exported.isTypeOnly || found.every(isType) ? 'type' : 'value',
    path,
    signature: found.map(signatureOf).join('\n'),
    mentions: mentionsOf(path, found).join('\n'),
    text: comments.map(textOf).filter(Boolean).join('\n\n'),
    examples: tags.filter(({ tagName }) => tagName.text === 'example').map(textOf),
  };
}

/** The texts of these declarations, and of those of the same file that they name. */
function mentionsOf(path: string, found: readonly ts.Statement[]): readonly string[] {
  const all = declarationFile(path).statements;
  const reached = new Set(found);
  for (const statement of reached)
    for (const other of all)
      if (!reached.has(other) && namesIn(statement).has(nameOf(other))) reached.add(other);
  return [...reached].map((statement) => statement.getText());
}

function namesIn(statement: ts.Statement): ReadonlySet<string> {
  return new Set(statement.getText().match(/[A-Za-z]\w*/g));
}

function nameOf(statement: ts.Statement): string {
  return (statement as { readonly name?: ts.Node }).name?.getText() ?? '';
}

function signatureOf(statement: ts.Statement): string {
  return statement
    .getText()
    .replace(/^export (?:declare )?/, '')
    .replace(/^ +#private;\n/m, '')
    .replaceAll(/^ {4,}/gm, (indent) => ' '.repeat(indent.length / 2));
}

/** Every public name, by entry, in the order of the alphabet. */
export function publicNames(): readonly PublicName[] {
  return [...entrySources].flatMap(([entry, source]) =>
    exportsOf(source)
      .map((exported) => describe(entry, exported))
      .toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)),
  );
}

/** The values whose signature names a type, or names a type that leads to it, such as the options of their options. */
export function usersOf(type: PublicName, names: readonly PublicName[]): readonly PublicName[] {
  const meant = new Set([type.name]);
  const users = new Set<PublicName>();
  for (const name of meant) {
    const mention = new RegExp(`\\b${name}\\b`);
    for (const user of names)
      if (user.name !== name && mention.test(user.mentions))
        if (user.kind === 'value') users.add(user);
        else meant.add(user.name);
  }
  return [...users];
}
