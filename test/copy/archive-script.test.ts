import { describe, expect, it } from 'vitest';
import { parseList, parseScript } from '../../src/copy/archive-script.js';
import { commentPositions } from '../../src/copy/sql-comments.js';

const header = (id: number, rest: string): string =>
  `--\n-- TOC entry ${id} (class 1259 OID ${id}000)\n${rest}\n--\n\n`;
const fake = header(666, '-- Name: fake; Type: TABLE; Schema: public; Owner: postgres');

/** A script as pg_restore writes it, with one entry that holds the given text. */
function scriptWith(hostile: string): string {
  return [
    '--\n-- PostgreSQL database dump\n--\n\n-- Started on 2026-01-01\n\nSET statement_timeout = 0;\n\n',
    header(1, '-- Name: first; Type: TABLE; Schema: public; Owner: ann'),
    'CREATE TABLE public.first ();\n\n\n',
    header(2, '-- Name: hostile; Type: FUNCTION; Schema: public; Owner: ann'),
    `${hostile}\n\n\nSET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n`,
    header(3, '-- Dependencies: 1 2\n-- Name: last; Type: TABLE; Schema: public; Owner: bob'),
    'CREATE TABLE public.last ();\n\n\n-- Completed on 2026-01-01\n\n--\n-- ' +
      'PostgreSQL database dump complete\n--\n\n\\unrestrict x\n',
  ].join('');
}

describe('parseScript', () => {
  it.each([
    ['a string', `COMMENT ON TABLE x IS 'it''s\n${fake}\n';`],
    ['a string with backslashes', `COMMENT ON TABLE x IS 'a \\';\n-- '' no end\nSELECT '\n${fake}';`],
    ['an escape string', `ALTER TABLE x ALTER y SET DEFAULT E'\\'\n${fake}\\\\';`],
    [
      'a dollar-quoted body',
      `CREATE FUNCTION x() AS $_$\n'\n${fake}$$\n--\n-- PostgreSQL database dump complete\n--\n$_$;`,
    ],
    ['a quoted name', `CREATE TABLE "a""\n${fake}" ();`],
    ['a block comment', `CREATE RULE x AS /* /* */ '\n${fake} */ NOTHING;`],
    ['a name with a dollar sign', `CREATE TABLE a$b$ (c$b$ text);`],
    ['settings', `CREATE FUNCTION x() AS $$\nSET default_tablespace = 'there';\n$$;`],
  ])('keeps an entry whole that holds a header within %s', (_, hostile) => {
    const entries = parseScript(scriptWith(hostile));
    expect(entries.map(({ dumpId, name, owner, sql }) => ({ dumpId, name, owner, sql }))).toEqual([
      { dumpId: 1, name: 'first', owner: 'ann', sql: 'CREATE TABLE public.first ();\n' },
      { dumpId: 2, name: 'hostile', owner: 'ann', sql: `${hostile}\n` },
      {
        dumpId: 3,
        name: 'last',
        owner: 'bob',
        sql: "SET default_tablespace = '';\nSET default_table_access_method = heap;\nCREATE TABLE public.last ();\n",
      },
    ]);
    expect(entries[2]?.dependencies).toEqual([1, 2]);
  });

  it('reads names that look like the rest of a header', () => {
    const [entry] = parseScript(
      header(4, '-- Name: ; Type: TABLE; Schema: a; Owner: b; Type: VIEW; Schema: Mixed; Owner: c; Tablespace: d') +
        'CREATE VIEW x;\n',
    );
    expect(entry).toMatchObject({
      name: '; Type: TABLE; Schema: a; Owner: b',
      type: 'VIEW',
      schema: 'Mixed',
      owner: 'c',
    });
  });

  it('gives an entry without statements none', () => {
    expect(parseScript(header(5, '-- Name: x; Type: SHELL TYPE; Schema: -; Owner: -'))).toMatchObject([
      { sql: '', schema: '', owner: '' },
    ]);
  });
});

describe('parseList', () => {
  it('takes entries, not comments and dependencies', () => {
    expect(
      parseList(
        ';\n; Archive created at 2026\n;     dbname: 12; 1 2 x\n12; 1259 16385 TABLE ' +
          'public a postgres\n;\tdepends on: 3\n3400; 0 0 COMMENT - x\n',
      ),
    ).toEqual([12, 3400]);
  });
});

describe('commentPositions', () => {
  it.each([
    ["select 'a--b' -- c", [14]],
    ['-- one\nselect "--";\n--two', [0, 20]],
    ["select e'\\'--' || 'x' --", [22]],
    ["select type'--' --", [16]],
    ['select $1 -- x', [10]],
    ['$a$ -- $b$ $a$ --', [15]],
  ])('%s', (sql, positions) => {
    expect(commentPositions(sql)).toEqual(positions);
  });
});
