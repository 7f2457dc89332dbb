/**
 * Everything in SQL within which `--` is no comment: strings, quoted names, dollar-quoted bodies, block comments; and
 * words, so that the E of a string and the $ of a name are not taken for something else. A doubled quote ends one
 * string and begins the next. Written for pg_dump's output with standard_conforming_strings on.
 */
const token =
  /--[^\n]*(?:\n|$)|'[^']*'|[eE]'(?:[^'\\]+|\\[\s\S]|'')*'|"[^"]*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$((?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$|\/\*/gy;
const plain = /[^-'"$/A-Za-z_\u0080-\uffff]+/y;

/** Where line comments begin that are comments of the script itself, not text of somebody's function or comment. */
export function commentPositions(sql: string): readonly number[] {
  const positions: number[] = [];
  let at = 0;
  while (at < sql.length) {
    plain.lastIndex = at;
    if (plain.test(sql)) {
      at = plain.lastIndex;
      continue;
    }
    token.lastIndex = at;
    const match = token.exec(sql);
    if (match === null) {
      at++;
      continue;
    }
    const [text, tag] = match;
    if (text.startsWith('--')) positions.push(at);
    if (tag !== undefined) at = endOf(sql, text, at + text.length);
    else if (text === '/*') at = endOfBlock(sql, at + 2);
    else at += text.length;
  }
  return positions;
}

function endOf(sql: string, closing: string, from: number): number {
  const found = sql.indexOf(closing, from);
  return found === -1 ? sql.length : found + closing.length;
}

/** Block comments nest. */
function endOfBlock(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 1;
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}
