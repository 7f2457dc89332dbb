import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { settingKey } from '../state/settable.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface HbaRuleInput {
  /** Whole lines, as they will stand. */
  readonly lines: readonly string[];
}

/** First match wins, so pgm's lines stand at the head, between two marks by which destroy finds them. */
const begin = '# pgm: begin';
const end = '# pgm: end';

const block = (lines: readonly string[]): string => `${begin}\n${lines.join('\n')}\n${end}\n`;

/** @param earlier lines of this migration that they replace; those of another stay */
export function withRules(file: string, lines: readonly string[], earlier: readonly string[] = lines): string {
  return `${block(lines)}${withoutRules(withoutRules(file, earlier), lines)}`;
}

/** Some migration's lines are there. */
export function hasRules(file: string): boolean {
  return `\n${file}`.includes(`\n${begin}\n`);
}

/** Takes out the lines that one migration put in, where nobody has changed them. */
export function withoutRules(file: string, lines: readonly string[]): string {
  const at = `\n${file}`.indexOf(`\n${block(lines)}`);
  return at < 0 ? file : file.slice(0, at) + file.slice(at + block(lines).length);
}

/**
 * Lines go out raw: an empty one must be NULL, since an empty string comes out quoted and breaks the file [measured].
 * The path is a literal: COPY takes no parameters.
 */
function copyToFile(path: string, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const values = lines.map((line, index) => `(${index}, ${line === '' ? 'null' : quoteLiteral(line)})`).join(', ');
  return (
    `copy (select line from (values ${values}) as t(at, line) order by at) ` +
    `to ${quoteLiteral(path)} with (format csv, quote E'\\x01', delimiter E'\\x02')`
  );
}

/**
 * Rewrites pg_hba.conf and reloads it, in one message: a run that is killed between the two would leave rules that
 * every later one sees in the file and that the server does not know. A file that does not parse is not taken by the
 * server.
 * @throws UserError then; the file is put back
 */
export async function writeHbaFile(source: Connection, change: (text: string) => string): Promise<void> {
  const { path } = await source.row<{ path: string }>("select current_setting('hba_file') as path");
  const { text } = await source.row<{ text: string }>('select pg_read_file($1) as text', [path]);
  await source.execute(copyToFile(`${path}.pgm-backup`, text));
  await source.execute(`${copyToFile(path, change(text))}; select pg_reload_conf()`);
  const errors = await source.rows<{ line_number: number; error: string }>(
    'select line_number, error from pg_hba_file_rules where error is not null',
  );
  if (errors.length > 0) {
    await source.execute(`${copyToFile(path, text)}; select pg_reload_conf()`);
    throw new UserError(
      'pg_hba.conf would not parse, put back as it ' +
        `was: ${errors.map(error => `line ${error.line_number}: ${error.error}`).join('; ')}`,
      { code: 'PGM205' },
    );
  }
}

/** pg_hba.conf from afar, as superuser: checked by the server before it is loaded, put back when it does not parse. */
export const hbaRule: StepKind<HbaRuleInput> = {
  kind: 'hba-rule',

  describe: ({ lines }) => ({
    title: 'let the target in (pg_hba.conf)',
    action: 'update',
    server: 'source',
    statements: [...lines, 'select pg_reload_conf();'],
    diff: { name: 'pg_hba.conf', before: '', after: lines.join('\n') },
    reversible: true,
  }),

  async run(context, { lines }) {
    const setting = { kind: 'hba', server: 'source' } as const;
    const known = context.state.read().settings[settingKey(setting)];
    const earlier = known?.kind === 'hba' ? known.lines : undefined;
    await context.state.recordSetting({ ...setting, lines });
    await context.withSource(context.spec.source.connection.database, source =>
      writeHbaFile(source, text => withRules(text, lines, earlier)),
    );
    return { outcome: plural(lines.length, 'line') };
  },
};
