import { mistake, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';

const longestName = 63; // bytes: NAMEDATALEN - 1
const lists = [
  ['databases', 'include'],
  ['databases', 'exclude'],
  ['databases', 'tables', 'include'],
  ['databases', 'tables', 'exclude'],
  ['cutover', 'pgbouncer', 'databases'],
] as const;

/** Which databases and tables: lists that contradict, are empty, or hold what cannot be meant. */
export function checkSelection(view: SpecView): Mistake[] {
  return [
    ...checkPairs(view),
    ...lists.flatMap(path => [...checkDuplicates(view, path)]),
    ...checkDatabaseNames(view),
    ...checkTablePatterns(view),
  ];
}

function* checkPairs(view: SpecView): Generator<Mistake> {
  for (const path of [['databases'], ['databases', 'tables']]) {
    const name = path.join('.');
    const include = view.keySpan([...path, 'include']);
    const exclude = view.keySpan([...path, 'exclude']);
    if (include === undefined) continue;
    const node = view.node([...path, 'include']);
    if (exclude !== undefined) {
      yield mistake(
        'PGMS040',
        exclude.start > include.start ? exclude : include,
        `${name} has both include and exclude`,
        'Keep one of them.',
      );
    } else if (node?.kind === 'sequence' && node.items.length === 0) {
      yield mistake(
        'PGMS041',
        node.span,
        `${name}.include is empty: nothing would be migrated`,
        'Leave it out to migrate everything.',
      );
    }
  }
}

function* checkDuplicates(view: SpecView, path: readonly string[]): Generator<Mistake> {
  const seen = new Set<string>();
  for (const { value, span } of view.texts(path)) {
    if (seen.has(value)) yield mistake('PGMS042', span, `"${value}" stands in ${path.join('.')} twice`, 'Remove one.');
    seen.add(value);
  }
}

function* checkDatabaseNames(view: SpecView): Generator<Mistake> {
  for (const key of ['include', 'exclude']) {
    for (const { value, span } of view.texts(['databases', key])) {
      const bytes = Buffer.byteLength(value);
      if (bytes > longestName)
        yield mistake(
          'PGMS043',
          span,
          `a database name has at most ${String(longestName)} bytes, this one has ${String(bytes)}`,
        );
      else if (value.includes('\0')) yield mistake('PGMS043', span, 'a database name holds no NUL byte');
      else if (key === 'include' && /^template[01]$/.test(value))
        yield mistake('PGMS043', span, `${value} is never migrated: every cluster has its own`, 'Remove it.');
    }
  }
}

function* checkTablePatterns(view: SpecView): Generator<Mistake> {
  for (const key of ['include', 'exclude']) {
    for (const { value, span } of view.texts(['databases', 'tables', key])) {
      if (!value.includes('.'))
        yield mistake(
          'PGMS044',
          span,
          `the table pattern "${value}" names no schema`,
          `Write public.${value}, or *.${value} for every schema.`,
        );
      else if (/^\.|\.$/.test(value))
        yield mistake(
          'PGMS044',
          span,
          `the table pattern "${value}" is not schema.table`,
          'Use * for any schema or any table.',
        );
    }
  }
}
