import type { DatabaseContents, DatabaseFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { ownedBy } from '../state/lineage.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { numericSetting } from './setting-change.js';

/** What pgm keeps in its schema (state/progress.ts, state/remembered-settings.ts). */
const ownRelations: ReadonlySet<string> = new Set(['part', 'entry', 'stage', 'setting']);

export const names: Check = {
  code: 'PGM514',
  slug: 'names',
  title: "Names that are truncated or clash with pgm's own",
  scope: 'any',
  why:
    'Schema pgm is where pgm keeps its record, and it is dropped at the end: what someone else has in it ' +
    'would neither be moved nor stay. A publication with the name of a lane would be taken for one. A ' +
    'target that cuts names shorter than the source may make two of them one.',
  decided:
    "Relations in schema pgm other than pgm's own, on both sides; publications on the source that are named " +
    "pgm_<migration>_<database>_<lane> and lack pgm's comment; max_identifier_length of both.",
  remedy: 'Rename the schema or the publication; build the target with the same NAMEDATALEN.',
  run: input => [
    ...input.facts.databases.flatMap(database => [
      ...schemaTaken('source', database.name, database.source),
      ...schemaTaken('target', database.name, database.target),
      ...publicationsTaken(input, database),
    ]),
    ...lengths(input),
  ],
};

function schemaTaken(server: 'source' | 'target', database: string, contents: DatabaseContents | null): Seen[] {
  const others = (contents?.pgmSchema?.relations ?? []).filter(name => !ownRelations.has(name));
  if (others.length === 0) return [];
  const some = others.slice(0, 5).join(', ') + (others.length > 5 ? ` and ${others.length - 5} more` : '');
  const what = server === 'source' ? 'would not be moved' : 'would be dropped at the end';
  return [
    {
      severity: 'error',
      server,
      database,
      object: 'pgm',
      message: `schema pgm is pgm's own, and holds ${some}: it ${what}`,
      current: 'in use',
      required: 'free',
      remedy: `alter schema pgm rename to ${quoteIdentifier('pgm_of_before')};`,
    },
  ];
}

function publicationsTaken(
  { spec, continuous, lockfile }: CheckInput,
  { name: database, source }: DatabaseFacts,
): Seen[] {
  // Comments come with the lane; while a run is under way, or was cut off, it is pgm's own.
  if (!continuous || lockfile !== null) return [];
  return source.publications
    .filter(({ name, comment }) => isOurs(name, spec.name) && !ownedBy(comment, spec.name))
    .map(({ name }): Seen => ({
      severity: 'error',
      server: 'source',
      database,
      object: name,
      message: `publication ${name} has the name of a lane of this migration, and pgm did not make it`,
      current: 'taken',
      required: 'free',
      remedy:
        `alter publication ${quoteIdentifier(name)} rename ` +
        `to ${quoteIdentifier(`of_before_${name}`.slice(0, 63))};`,
    }));
}

function lengths({ source, target }: CheckInput): Seen[] {
  const [from, to] = [source, target].map(facts =>
    facts === null ? null : numericSetting(facts, 'max_identifier_length'),
  );
  if (from === null || from === undefined || to === null || to === undefined || from <= to) return [];
  return [
    {
      severity: 'warning',
      server: 'target',
      object: 'max_identifier_length',
      message:
        `the source keeps ${from} bytes of a name, the target cuts it ` + `after ${to}: two long names may become one`,
      current: String(to),
      required: `${from} or more`,
      remedy: 'Build the target with the NAMEDATALEN of the source, or shorten the names that are longer.',
    },
  ];
}
