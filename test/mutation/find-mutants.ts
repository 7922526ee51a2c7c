import ts from 'typescript-5.9';
import type { Mutant } from './mutant.ts';

type Change = Pick<Mutant, 'kind' | 'replacement'>;

const COMPARISONS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '+=': '-=',
  '-=': '+=',
};
const LOGIC: Readonly<Record<string, string>> = { '&&': '||', '||': '&&' };
const NUMBERS: Readonly<Record<string, string>> = { '0': '1', '1': '0' };

/** Every mutant of a file, in the order of its text. Some of them may not compile. */
export function findMutants(file: string, text: string): readonly Mutant[] {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node))
      return;
    for (const { node: at, ...change } of changesOf(node, tree))
      mutants.push({ file, start: at.getStart(tree), end: at.end, ...change });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return mutants;
}

type Place = Change & { readonly node: ts.Node };

function changesOf(node: ts.Node, tree: ts.SourceFile): readonly Place[] {
  return [
    ...operators(node, tree),
    ...conditions(node, tree),
    ...constants(node),
    ...removals(node, tree),
    ...earlyReturn(node, tree),
  ];
}

function operators(node: ts.Node, tree: ts.SourceFile): readonly Place[] {
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node))
    return unary(node, tree);
  if (!ts.isBinaryExpression(node)) return [];
  const { operatorToken, left, right } = node;
  const operator = operatorToken.getText(tree);
  const swaps = [
    { kind: 'comparison', table: COMPARISONS },
    { kind: 'arithmetic', table: ARITHMETIC },
    { kind: 'logic', table: LOGIC },
  ];
  const swapped = swaps.flatMap(({ kind, table }) => {
    const replacement = table[operator];
    return replacement === undefined ? [] : [{ node: operatorToken, kind, replacement }];
  });
  if (operator !== '??') return swapped;
  return [left, right].map((side) => ({ node, kind: 'default', replacement: side.getText(tree) }));
}

function unary(
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  tree: ts.SourceFile,
): readonly Place[] {
  const operand = node.operand.getText(tree);
  if (node.operator === ts.SyntaxKind.ExclamationToken)
    return [{ node, kind: 'negation', replacement: `(${operand})` }];
  if (node.operator === ts.SyntaxKind.PlusPlusToken)
    return [{ node, kind: 'arithmetic', replacement: `${operand}--` }];
  return [];
}

/** Comparisons and negations have their own changes, which are the same as negating the condition. */
function conditions(node: ts.Node, tree: ts.SourceFile): readonly Place[] {
  const isBranch = ts.isIfStatement(node) || ts.isWhileStatement(node);
  const condition = isBranch
    ? node.expression
    : ts.isConditionalExpression(node)
      ? node.condition
      : undefined;
  if (condition === undefined || hasOwnNegation(condition)) return [];
  return [{ node: condition, kind: 'condition', replacement: `!(${condition.getText(tree)})` }];
}

function hasOwnNegation(condition: ts.Expression): boolean {
  if (ts.isPrefixUnaryExpression(condition)) return true;
  if (!ts.isBinaryExpression(condition)) return false;
  const { kind } = condition.operatorToken;
  return (
    kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
    kind === ts.SyntaxKind.ExclamationEqualsEqualsToken
  );
}

function constants(node: ts.Node): readonly Place[] {
  if (node.kind === ts.SyntaxKind.TrueKeyword)
    return [{ node, kind: 'constant', replacement: 'false' }];
  if (node.kind === ts.SyntaxKind.FalseKeyword)
    return [{ node, kind: 'constant', replacement: 'true' }];
  const replacement = ts.isNumericLiteral(node) ? NUMBERS[node.text] : undefined;
  return replacement === undefined ? [] : [{ node, kind: 'constant', replacement }];
}

function removals(node: ts.Node, tree: ts.SourceFile): readonly Place[] {
  if (ts.isAwaitExpression(node))
    return [{ node, kind: 'await', replacement: node.expression.getText(tree) }];
  if (ts.isExpressionStatement(node) && !isSuperCall(node.expression))
    return [{ node, kind: 'statement', replacement: ';' }];
  if (!ts.isArrayLiteralExpression(node) || node.elements.length < 2) return [];
  return node.elements.map((element) => ({
    node,
    kind: 'element',
    replacement: `[${node.elements
      .filter((other) => other !== element)
      .map((other) => other.getText(tree))
      .join(', ')}]`,
  }));
}

function isSuperCall(expression: ts.Expression): boolean {
  return (
    ts.isCallExpression(expression) && expression.expression.kind === ts.SyntaxKind.SuperKeyword
  );
}

/** A function that returns at once compiles only where it need not return a value. */
function earlyReturn(node: ts.Node, tree: ts.SourceFile): readonly Place[] {
  if (!ts.isFunctionLike(node) || ts.isConstructorDeclaration(node)) return [];
  const body = 'body' in node ? (node.body as ts.Node | undefined) : undefined;
  if (body === undefined || !ts.isBlock(body) || body.statements.length < 2) return [];
  const replacement = `{ if (Number.NaN !== 0) return; ${body.getText(tree).slice(1)}`;
  return [{ node: body, kind: 'early return', replacement }];
}
