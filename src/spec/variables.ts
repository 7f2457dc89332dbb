import { mistake, type Mistake } from './mistake.js';
import type { SpecCode } from './diagnostic-codes.js';
import { mapScalars, type Span, type YamlNode, type YamlScalar } from './yaml-tree.js';

export interface Expansion {
  readonly text: string;
  /** Names that were replaced, whether by the environment or a default. */
  readonly names: readonly string[];
  readonly problems: readonly {
    readonly code: SpecCode;
    readonly message: string;
    readonly hint: string;
    readonly written: string;
  }[];
}

/**
 * Replaces `${NAME}` and `${NAME:-default}`; the default is taken for an unset and for an empty variable, as in a
 * shell. `$${` stands for `${`; any other `$` for itself.
 */
export function expandVariables(text: string, lookup: (name: string) => string | undefined): Expansion {
  const names: string[] = [];
  const problems: Expansion['problems'][number][] = [];
  const expanded = text.replaceAll(
    /\$\$\{|\$\{([^}]*)(\}?)/g,
    (written: string, inside: string | undefined, close: string | undefined) => {
      if (inside === undefined) return '${';
      const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-((?:[^$]|\$(?!\{))*))?$/.exec(inside) ?? [];
      if (name === undefined || close === '') {
        problems.push({
          code: 'PGMS021',
          message: malformed(inside, close !== ''),
          hint: 'Write ${NAME} or ${NAME:-default}; for the characters themselves $${.',
          written,
        });
        return written;
      }
      names.push(name);
      const value = lookup(name);
      if (value !== undefined && (value !== '' || fallback === undefined)) return value;
      if (fallback !== undefined) return fallback;
      problems.push({
        code: 'PGMS020',
        message: `the environment variable ${name} is not set`,
        hint: `Set it, or give a default: \${${name}:-…}`,
        written,
      });
      return written;
    },
  );
  return { text: expanded, names, problems };
}

function malformed(inside: string, isClosed: boolean): string {
  if (!isClosed) return 'a "${" is not closed';
  if (inside.includes('${')) return 'a variable stands inside of another';
  return 'this is not a variable';
}

/** Replaces the variables in every string value of the tree. */
export function expandTree(
  root: YamlNode,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { root: YamlNode; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const expand = (scalar: YamlScalar): YamlScalar => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${')) return scalar;
    const expansion = expandVariables(scalar.value, name => (Object.hasOwn(env, name) ? env[name] : undefined));
    for (const { code, message, hint, written } of expansion.problems)
      mistakes.push(mistake(code, spanOf(written, scalar.span, text), message, hint));
    return { ...scalar, value: expansion.text, variables: expansion.names };
  };
  return { root: mapScalars(root, expand), mistakes };
}

/** Place of the variable in the file; the whole value where quotes or line breaks hide it. */
function spanOf(written: string, value: Span, text: string): Span {
  const start = text.indexOf(written, value.start);
  return start === -1 || start + written.length > value.end ? value : { start, end: start + written.length };
}
