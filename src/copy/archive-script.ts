import { commentPositions } from './sql-comments.js';

/** One entry of a pg_dump archive, with the SQL that pg_restore writes for it. */
export interface ArchiveEntry {
  /** The same for the same object in every dump of the same source: `<class oid> <oid> <type> <schema> <name>`. */
  readonly key: string;
  readonly dumpId: number;
  /** Oid of the catalog (1259 pg_class, 2606 pg_constraint …), 0 for none. */
  readonly classOid: string;
  /** Oid of the object on the source, 0 for none. */
  readonly oid: string;
  /** As in pg_restore -l: `TABLE`, `INDEX`, `FK CONSTRAINT`, `ACL`, `COMMENT` … */
  readonly type: string;
  readonly schema: string;
  /** pg_dump's tag: the name, for some types with the table's before it. */
  readonly name: string;
  readonly owner: string;
  readonly dependencies: readonly number[];
  /** Statements, each ended by `;`, with the settings that must be in effect before. */
  readonly sql: string;
}

const header =
  /--\n-- TOC entry (\d+) \(class (\d+) OID (\d+)\)\n(?:-- Dependencies: ([\d ]+)\n)?-- Name: (.*); Type: ([A-Z][A-Za-z ]*); Schema: (.*); Owner: (.*?)(?:; Tablespace: .*)?\n(?:-- Data Pos: \d+\n)?--\n\n/y;
const ending = /--\n-- PostgreSQL database dump complete\n--\n|-- Completed on [^\n]*\n/y;
const trailingSettings = /(?:SET default_(?:tablespace|table_access_method) = .*;\s*)+$/;
const setting = /SET (default_tablespace|default_table_access_method) = .*;/g;

/**
 * Takes the script of `pg_restore --verbose --file=-` apart at the headers it writes for every entry. Only comments of
 * the script itself count: a function or a comment may hold text that looks like a header.
 * Session settings that change between entries are given to each entry that needs them.
 */
export function parseScript(script: string): readonly ArchiveEntry[] {
  const heads: RegExpExecArray[] = [];
  let end = script.length;
  for (const position of commentPositions(script)) {
    header.lastIndex = ending.lastIndex = position;
    const head = header.exec(script);
    if (head !== null) heads.push(head);
    else if (heads.length > 0 && ending.test(script)) {
      end = position;
      break;
    }
  }
  const settings = new Map<string, string>();
  noteSettings(script.slice(0, heads[0]?.index ?? 0), settings);
  return heads.map((head, index) => {
    const [
      whole,
      dumpId = '',
      classOid = '',
      oid = '',
      dependencies = '',
      name = '',
      type = '',
      schema = '',
      owner = '',
    ] = head;
    const body = script.slice(head.index + whole.length, heads[index + 1]?.index ?? end);
    const before = [...settings.values()].join('');
    // What stands at the end of the body is for the next entry.
    const text = body.replace(trailingSettings, '').trim();
    noteSettings(trailingSettings.exec(body)?.[0] ?? '', settings);
    return {
      key: [classOid, oid, type, schema, name].join(' '),
      dumpId: Number(dumpId),
      classOid,
      oid,
      type,
      schema: schema === '-' ? '' : schema,
      name,
      owner: owner === '-' ? '' : owner,
      dependencies: dependencies.trim() === '' ? [] : dependencies.trim().split(' ').map(Number),
      sql: text === '' ? '' : `${before}${text}\n`,
    };
  });
}

function noteSettings(text: string, settings: Map<string, string>): void {
  for (const [statement, name = ''] of text.matchAll(setting)) settings.set(name, `${statement}\n`);
}

/** Dump ids of the entries in a list of `pg_restore --list`, in the order of the list. */
export function parseList(list: string): readonly number[] {
  return [...list.matchAll(/^(\d+); \d+ \d+ /gm)].map(([, id]) => Number(id));
}
