import ts from 'typescript-5.9';
import type { SourceFile } from './source-tree.ts';

type Text = Pick<SourceFile, 'path' | 'text'>;

function parse({ path, text }: Text): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

const CONSTANT = ts.ModifierFlags.Readonly | ts.ModifierFlags.Static;

function isMutableField(member: ts.ClassElement): boolean {
  return ts.isPropertyDeclaration(member) && !(ts.getCombinedModifierFlags(member) & CONSTANT);
}

/** How many fields of each class of a file may be assigned again. */
export function mutableFieldCounts(file: Text): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const visit = (node: ts.Node) => {
    if (ts.isClassLike(node))
      counts.set(
        node.name?.text ?? 'a class without a name',
        node.members.filter(isMutableField).length,
      );
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return counts;
}

const isDeclared = (statement: ts.VariableStatement) =>
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;

function isOfTypes(statement: ts.Statement): boolean {
  return (
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    (ts.isVariableStatement(statement) && isDeclared(statement))
  );
}

/** Whether a file has anything that runs, beside imports and exports of other files. */
export function hasLogic(file: Text): boolean {
  return !parse(file).statements.every(isOfTypes);
}

/** The comments of a file, in order. */
export function commentsOf(file: Text): readonly string[] {
  const tree = parse(file);
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node) => {
    const found = [
      ...(ts.getLeadingCommentRanges(file.text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(file.text, node.end) ?? []),
    ];
    for (const range of found) ranges.set(range.pos, range);
    for (const child of node.getChildren(tree)) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(tree);
  const inOrder = [...ranges.values()].toSorted((a, b) => a.pos - b.pos);
  return inOrder.map(({ pos, end }) => file.text.slice(pos, end));
}

/** `test`, `describe`, and their forms such as `test.each(…)`. */
function isOfTests(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'test' || callee.text === 'describe';
  return (
    (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) &&
    isOfTests(callee.expression)
  );
}

/** The titles of the tests and groups of a file, in order. Titles in variables are left out. */
export function titlesOf(file: Text): readonly string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node) => {
    const title = ts.isCallExpression(node) && isOfTests(node.expression) && node.arguments[0];
    if (title && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)))
      titles.push(title.getText().slice(1, -1));
    ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return titles;
}
