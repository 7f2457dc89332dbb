import type { UsersName } from '../inspect/needs/needs.js';

/**
 * Those of the names that a function's body uses without their schema, by the places where SQL and PL/pgSQL expect
 * them: a function before its parenthesis, a relation after FROM and the like, a type after `::` or in a declaration, a
 * text search configuration or dictionary as a literal. What it says in comments and other literals is no use of a
 * name, and a body that sets search_path finds what it wants.
 */
export function unqualifiedNames(body: string, names: readonly UsersName[]): readonly UsersName[] {
  if (/\bset\s+(?:local\s+|session\s+)?search_path\b|set_config\s*\(\s*'search_path'/i.test(body)) return [];
  const withoutComments = body.replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, ' ');
  const code = withoutComments
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/"(?:[^"]|"")*"|[^"]+/g, part => (part.startsWith('"') ? part : part.toLowerCase()));
  return names.filter(each => uses(each.kind === 'text-search' ? withoutComments : code, each));
}

function uses(code: string, { kind, name }: UsersName): boolean {
  const exact = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // What stands unquoted in the code is in lower case, as PostgreSQL takes it.
  const word = `(?:"${exact}"${name === name.toLowerCase() ? `|(?<![\\w$"])${exact}(?![\\w$"])` : ''})`;
  const unqualified = String.raw`(?<!\.\s*)${word}(?!\s*\.\s*"?\w+"?\s*\()`;
  switch (kind) {
    case 'function':
      return test(String.raw`${unqualified}\s*\(`, code);
    case 'relation':
      return (
        (test(String.raw`\b(?:from|join|into|update|only|table)\s+${word}(?!\s*[.("\w]*\.)`, code) &&
          !test(String.raw`${word}\s*(?:\([^)]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s*)?\(`, code)) ||
        test(String.raw`${unqualified}\s*(?:%\s*rowtype|\.\s*"?\w+"?\s*%\s*type)`, code)
      );
    case 'type':
      return test(String.raw`::\s*${word}(?!\s*\.)|\b\w+\s+(?:constant\s+)?${unqualified}\s*(?:;|:=|default\b)`, code);
    case 'text-search':
      return test(`'${exact}'`, code);
  }
}

function test(pattern: string, code: string): boolean {
  return new RegExp(pattern).test(code);
}
