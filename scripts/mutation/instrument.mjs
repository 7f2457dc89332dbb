import ts from 'typescript';

// Which mistakes count. A mutant changes a decision: an operator, a condition, a default, a number, a text that is
// compared, looked up or one of a few that a type allows (`'synced'`, `'new-tables'`), a call that selects or orders, a
// statement for its effect, an item of a list that is put together. Words for people are no decision: neither texts nor
// the choice between two words within a text (`is` or `are`). Nothing else is left out, not even what changes nothing
// that anybody could see (`a.length > 0` for `a.length !== 0`): such are among the survivors, and count.

/** What stands in for an operator: each a mistake that someone makes. */
const operators = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
};

/** Calls that are left out, with what the call is made on left in its place. */
const leftOut = new Set(['filter', 'slice', 'sort', 'toSorted', 'reverse', 'concat', 'trim', 'toLowerCase']);

/** Calls that are replaced by another. */
const swapped = new Map(
  Object.entries({
    some: 'every',
    every: 'some',
    min: 'max',
    max: 'min',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
  }),
);

/** Calls whose text argument decides something; a text for people is not changed. */
const deciding = new Set(['has', 'includes', 'get', 'delete', 'startsWith', 'endsWith', 'indexOf', 'split']);

/**
 * The source with every mutant in it, each behind a switch: `__m(7) ? mutant : original`.
 * @returns {{ text: string, mutants: { id: number, line: number, was: string, is: string }[] }}
 */
export function instrument(text, fileName, firstId) {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true);
  const mutants = [];

  const register = (node, is) => {
    const id = firstId + mutants.length;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    mutants.push({ id, line, was: node.getText(source), is });
    return id;
  };

  /** Text of a node with its children's mutants. Loops count their turns, so that an endless one is noticed. */
  const print = node => {
    const isBody =
      node.parent !== undefined && ts.isIterationStatement(node.parent, false) && node.parent.statement === node;
    return isBody ? `{ __t(); ${printOne(node)} }` : printOne(node);
  };
  const printOne = node => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return original(node);
    if (ts.isTypeAliasDeclaration(node)) return original(node);
    let printed = '';
    let at = node.getStart(source);
    ts.forEachChild(node, child => {
      if (child.getStart(source) < at) return;
      printed += text.slice(at, child.getStart(source)) + print(child);
      at = child.getEnd();
    });
    printed += text.slice(at, node.getEnd());
    const changes = node === source || continuesChain(node) || isWording(node) ? [] : alternatives(node, source);
    if (changes.length > 0) {
      const switches = changes.map(is => `__m(${register(node, is)}) ? (${is}) : `).join('');
      return `(${switches}(${printed}))`;
    }
    if (isRemovable(node)) return `if (__m(${register(node, '')})) {} else { ${printed} }`;
    return printed;
  };
  const original = node => text.slice(node.getStart(source), node.getEnd());

  const printed = text.slice(0, source.getStart(source)) + print(source);
  return { text: `/* eslint-disable */ ${printed}`, mutants };
}

/** What may stand in a node's place. */
function alternatives(node, source) {
  const text = node.getText(source);
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [node.left.getText(source), node.right.getText(source)];
    const operator = node.operatorToken.getText(source);
    if (operator === '??') return [left];
    if (operator === '+' && [node.left, node.right].some(ts.isStringLiteralLike)) return [];
    return (operators[operator] ?? []).map(other => `(${left}) ${other} (${right})`);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken)
    return [node.operand.getText(source)];
  if (isCondition(node)) return ['true', 'false'];
  if (node.kind === ts.SyntaxKind.TrueKeyword && ts.isExpression(node)) return ['false'];
  if (node.kind === ts.SyntaxKind.FalseKeyword && ts.isExpression(node)) return ['true'];
  if (ts.isNumericLiteral(node) && node.parent.name !== node) return [`${text} + 1`];
  if (ts.isStringLiteral(node) && (decides(node) || isOneOfAFew(node))) return ["'mutant'"];
  if (ts.isArrayLiteralExpression(node)) return lists(node, source);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) return calls(node, source);
  return [];
}

/** A list that is put together lacks an item; one that is returned is empty. */
function lists({ elements, parent }, source) {
  const isPutTogether = elements.length > 1 && elements.some(ts.isSpreadElement);
  if (!isPutTogether) return elements.length > 0 && ts.isReturnStatement(parent) ? ['[]'] : [];
  const isSaid = each => ts.isStringLiteralLike(each) || ts.isTemplateExpression(each);
  const without = one =>
    `[${elements
      .filter(each => each !== one)
      .map(each => each.getText(source))
      .join(', ')}]`;
  return elements.filter(each => !isSaid(each)).map(without);
}

function calls(node, source) {
  const { expression: on, name } = node.expression;
  if (node.expression.questionDotToken !== undefined) return [];
  if (leftOut.has(name.text)) return [on.getText(source)];
  const other = swapped.get(name.text);
  const given = node.arguments.map(each => each.getText(source)).join(', ');
  return other === undefined ? [] : [`${on.getText(source)}.${other}(${given})`];
}

function isCondition(node) {
  const { parent } = node;
  const isIt =
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node);
  // Operators in it have mutants of their own.
  return isIt && !ts.isBinaryExpression(node) && !ts.isPrefixUnaryExpression(node);
}

/** The text is compared, looked up, or an item of a list that is. */
function decides(node) {
  const { parent } = node;
  if (ts.isCaseClause(parent)) return true;
  if (ts.isBinaryExpression(parent)) return ['===', '!=='].includes(parent.operatorToken.getText());
  if (ts.isArrayLiteralExpression(parent)) return ts.isNewExpression(parent.parent);
  return (
    ts.isCallExpression(parent) &&
    parent.arguments.includes(node) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    deciding.has(parent.expression.name.text)
  );
}

/** A word that is returned, chosen or a property's value: a type allows a few of them. */
function isOneOfAFew(node) {
  if (!/^[a-z][a-z0-9]*([-_][a-z0-9]+)*$/.test(node.text)) return false;
  let { parent: at } = node;
  const isValue =
    ts.isReturnStatement(at) ||
    (ts.isArrowFunction(at) && at.body === node) ||
    (ts.isPropertyAssignment(at) && at.initializer === node) ||
    (ts.isConditionalExpression(at) && at.condition !== node);
  if (!isValue) return false;
  while (ts.isConditionalExpression(at) || ts.isParenthesizedExpression(at)) at = at.parent;
  return !ts.isTemplateSpan(at);
}

/** A choice between two words within a text for people: `${n === 1 ? 'is' : 'are'}`. SQL is not for people. */
function isWording(node) {
  let at = node;
  while (at.parent !== undefined && !ts.isTemplateSpan(at.parent)) {
    if (ts.isFunctionLike(at.parent) || ts.isBlock(at.parent)) return false;
    at = at.parent;
  }
  if (at.parent === undefined || !isChoiceOfWords(at)) return false;
  return !/^\s*(select|with|alter|create|drop|insert|update|delete|set|reset|grant|revoke|copy|lock|comment)\b/.test(
    at.parent.parent.head.text,
  );
}

function isChoiceOfWords(node) {
  if (ts.isParenthesizedExpression(node)) return isChoiceOfWords(node.expression);
  if (ts.isConditionalExpression(node)) return isChoiceOfWords(node.whenTrue) && isChoiceOfWords(node.whenFalse);
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

/** A call for its effect. */
function isRemovable(node) {
  return (
    ts.isExpressionStatement(node) &&
    (ts.isCallExpression(node.expression) ||
      (ts.isBinaryExpression(node.expression) && !ts.isCallExpression(node.expression.left)))
  );
}

/** In the middle of `a?.b.c()`: with parentheses around it the rest would not be left out. */
function continuesChain(node) {
  const { parent } = node;
  return (
    parent !== undefined &&
    (ts.isOptionalChain(node) || ts.isNonNullExpression(node)) &&
    (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) &&
    parent.expression === node
  );
}
