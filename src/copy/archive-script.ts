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

const header = /^--\n-- TOC entry (\d+) \(class (\d+) OID (\d+)\)\n(?:-- Dependencies: ([\d ]+)\n)?-- Name: (.*); Type: ([A-Z][A-Za-z ]*); Schema: (.*); Owner: (.*?)(?:; Tablespace: .*)?\n(?:-- Data Pos: \d+\n)?--\n\n/gm;
const sessionSetting = /^SET (default_tablespace|default_table_access_method) = .*;\n/gm;
const ending = /\n--\n-- PostgreSQL database dump complete\n--\n[\s\S]*$|\n-- Completed on [^\n]*\n[\s\S]*$/;

/**
 * Takes the script of `pg_restore --verbose --file=-` apart at the headers it writes for every entry.
 * Its session settings that change between entries are given to each entry that needs them.
 */
export function parseScript(script: string): readonly ArchiveEntry[] {
  const heads = [...script.matchAll(header)];
  let settings = new Map<string, string>();
  settings = settingsIn(script.slice(0, heads[0]?.index ?? 0), settings);
  return heads.map((head, index) => {
    const [whole, dumpId = '', classOid = '', oid = '', dependencies = '', name = '', type = '', schema = '', owner = ''] = head;
    const body = script.slice(head.index + whole.length, heads[index + 1]?.index ?? script.length).replace(ending, '');
    const before = [...settings.values()].join('');
    settings = settingsIn(body, settings);
    // What stands at the end of the body is for the next entry; what stands before a statement is for this one.
    const text = body.replace(/(?:^SET default_(?:tablespace|table_access_method) = .*;\n\s*)+$/m, '').trim();
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

function settingsIn(text: string, before: ReadonlyMap<string, string>): Map<string, string> {
  const after = new Map(before);
  for (const [statement, name = ''] of text.matchAll(sessionSetting)) after.set(name, statement);
  return after;
}
