import type { Unmet } from '../inspect/needs/needs.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const unmetNeeds: Check = {
  code: 'PGM522',
  slug: 'unmet-needs',
  title: 'Definitions that the target refuses',
  scope: 'any',
  why:
    'A view over a system view that has other columns by now, an aggregate of a function with ' +
    'other argument types, a collation, a library or a dictionary file that the server lacks: the ' +
    'target refuses the definition, in the middle of the migration.',
  decided:
    'Until all definitions are on the target: functions, operators and system columns of all stored ' +
    'expressions, by the trees that PostgreSQL keeps of them; what aggregates, operators and casts are made ' +
    'of; collations, locales and ICU; lz4; columns of a row type of PostgreSQL; settings that functions set ' +
    'for themselves; postfix operators and conversions from before 14; C libraries and files of text search ' +
    'dictionaries, where the target lets its folders be listed. Each is asked for on the target.',
  remedy:
    'Define the object on the source so that the target can make it too, or drop it ' +
    'there; install the library, file or locale on the target server.',
  run: ({ facts, target }) => (target === null ? [] : facts.databases.flatMap(database => judge(database, target))),
};

function judge(database: DatabaseFacts, target: ServerFacts): Seen[] {
  const { foreseen } = database;
  if (foreseen === null) return [];
  if (foreseen.failure !== null)
    return [
      {
        severity: 'warning',
        server: 'source',
        database: database.name,
        message: `whether the target can make all definitions could not be checked: ${foreseen.failure}`,
        current: null,
        required: null,
        remedy: 'Plan again; if it stays, read the statement in the log of the server.',
      },
    ];
  const leftOut = leftOutNames(database);
  return foreseen.unmet
    .filter(need => !need.by.every(by => leftOut.has(by)) || need.count > need.by.length)
    .filter(need => !isOfPlainDistribution(need))
    .map(need => ({
      severity: severityOf(need),
      server: 'target' as const,
      database: database.name,
      object: need.by[0] ?? need.name,
      message: `${users(need)} ${need.count === 1 ? 'needs' : 'need'} ${thing(need)}, ${lack(need, target)}`,
      current: null,
      required: need.name,
      remedy: remedyOf(need, database),
    }));
}

/** What the spec leaves out, as pg_identify_object writes it where no quotes are needed. */
function leftOutNames({ source }: DatabaseFacts): ReadonlySet<string> {
  return new Set([
    ...source.tables.filter(table => !table.inScope).map(table => `table ${[table.schema, table.name].join('.')}`),
    ...source.dependants.map(({ kind, name }) => `${kind} ${name}`),
  ]);
}

function users({ by, count }: Unmet): string {
  const more = count > by.length ? ` and ${count - by.length} more` : '';
  return `${by.join(', ')}${more}`;
}

function thing({ what, name }: Unmet): string {
  switch (what) {
    case 'function':
    case 'signature':
      return `function ${name}`;
    case 'internal':
      return `the internal function ${name}`;
    case 'operator':
      return `operator ${name}`;
    case 'column': {
      const [, relation = '', column = ''] = name.split('.');
      return `column ${column} of ${relation}`;
    }
    case 'collation':
      return `collation ${name}`;
    case 'locale':
      return `locale ${name}`;
    case 'icu':
      return `ICU for locale ${name}`;
    case 'compression':
      return `compression ${name}`;
    case 'row-type':
      return `the row type of ${name.replace(/\(.*/, '')} with the columns that it has on the source`;
    case 'postfix-operator':
      return `postfix operators`;
    case 'conversion':
      return 'a conversion function of five arguments';
    case 'setting':
      return `the setting ${name}`;
    case 'library':
      return `the library ${name}`;
    case 'dictionary-file':
      return `the dictionary file ${name}`;
  }
}

function lack({ what, known }: Unmet, { version }: ServerFacts): string {
  if (!known) return 'and the target does not let its folders be listed: whether it is there is not known';
  switch (what) {
    case 'library':
    case 'dictionary-file':
      return 'which is not on the target server';
    case 'locale':
      return 'which the target may not have';
    case 'collation':
    case 'icu':
    case 'compression':
      return 'which the target does not have';
    default:
      return `which PostgreSQL ${version.split(' ')[0] ?? version} does not have`;
  }
}

/** Of a locale only those are known that initdb found, which may have been installed since. */
function severityOf({ what, known }: Unmet): Seen['severity'] {
  return known && what !== 'locale' ? 'error' : 'warning';
}

const shippedLanguages =
  'arabic armenian basque catalan danish dutch english estonian finnish french german greek ' +
  'hindi hungarian indonesian irish italian lithuanian nepali norwegian portuguese romanian ' +
  'russian serbian spanish swedish tamil turkish yiddish';
const shipped: ReadonlySet<string> = new Set([
  ...shippedLanguages.split(' ').map(language => `${language}.stop`),
  ...['hunspell_sample', 'hunspell_sample_long', 'hunspell_sample_num', 'ispell_sample'].flatMap(name => [
    `${name}.affix`,
    `${name}.dict`,
  ]),
  'synonym_sample.syn',
  'thesaurus_sample.ths',
]);

/** Comes with every PostgreSQL, so that its absence would have to be known. */
function isOfPlainDistribution({ what, name, known }: Unmet): boolean {
  return what === 'dictionary-file' && !known && shipped.has(name);
}

/** Rows stay as they are stored: only what is written from then on is compressed by the server's default. */
const withoutCompression = `do $$ declare c record; begin
  for c in select a.attrelid::regclass as t, a.attname from pg_attribute a join pg_class r on r.oid = a.attrelid and r.relkind in ('r', 'p', 'm') where a.attcompression = 'l' and a.attnum > 0 and not a.attisdropped and r.oid >= 16384 loop
    execute format('alter table %s alter column %I set compression default', c.t, c.attname);
  end loop;
end $$;`;

function remedyOf(need: Unmet, { name: database }: DatabaseFacts): string {
  const whose = need.by.join(', ');
  switch (need.what) {
    case 'compression':
      return `${withoutCompression}   -- in database ${quoteIdentifier(database)} of the source`;
    case 'collation':
    case 'locale':
      return `Install the locale on the target server, then there: select pg_import_system_collations('pg_catalog');`;
    case 'icu':
      return `Use a target that is built with ICU, or give ${whose} another collation on the source.`;
    case 'library':
      return `Install the library ${need.name} on the target server, or drop ${whose} on the source.`;
    case 'dictionary-file':
      return (
        `Copy ${need.name} into tsearch_data of the target server (pg_config --sharedir ` +
        `names the folder it lies in), or drop ${whose} on the source.`
      );
    case 'row-type':
      return (
        `Change the columns of ${whose} on the source to json or a composite type of ` +
        'their own, or leave the tables out by databases.tables.'
      );
    case 'conversion':
      return `Drop ${whose} on the source; make it on the target with a function of the new form.`;
    case 'signature':
      return (
        `Drop ${whose} on the source and make it with the argument types of newer versions ` +
        '(anycompatiblearray instead of anyarray), on the target once its definitions are there.'
      );
    case 'setting':
      return (
        `${need.by.map(by => `alter ${by} reset ${need.name.replace(/ .*/, '')};`).join('\n')}   ` +
        `-- in database ${quoteIdentifier(database)} of the source`
      );
    case 'postfix-operator':
      return `Drop ${whose} on the source, and call its function instead.`;
    default:
      return (
        `Define ${whose} again on the source without it, or drop it there and ` +
        'make it on the target when the migration is over.'
      );
  }
}
