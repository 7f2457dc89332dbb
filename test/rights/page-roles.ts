import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { codeBlocks } from '../docs/markdown.js';

/** A statement of docs/security.md, and where it is typed. */
export interface PageStatement {
  readonly sql: string;
  /** `shop`: in the database that is migrated; else in any. */
  readonly within: 'shop' | 'any';
}

export interface Names {
  /** In place of the page's role. */
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

const page = readFileSync(resolve(import.meta.dirname, '../../docs/security.md'), 'utf8');

/**
 * The roles that the page about security gives for one way to migrate, as a server of a major version takes them.
 * @param heading a part of it
 */
export function rolesOfPage(
  heading: 'One copy' | 'To follow',
  side: 'source' | 'target',
  major: number,
  names: Names,
): readonly PageStatement[] {
  const section = page.split(/^### /m).find(part => part.startsWith(heading));
  if (section === undefined) throw new Error(`docs/security.md has no "${heading}"`);
  const [onSource = '', onTarget = ''] = codeBlocks(section)
    .filter(({ language }) => language === 'sql')
    .map(({ text }) => text);
  const text = side === 'source' ? onSource : onTarget;
  const role = /create role (\w+)/.exec(text)?.[1];
  if (role === undefined) throw new Error(`docs/security.md makes no role for the ${side} under "${heading}"`);
  let within: PageStatement['within'] = 'any';
  return text.split('\n').flatMap((line): PageStatement[] => {
    if (line.startsWith('-- in database shop')) within = 'shop';
    const [, sql, from, before] = /^([^-].*);(?:\s+-- (?:from (\d+) on|before (\d+)))?$/.exec(line) ?? [];
    if (sql === undefined) {
      if (line !== '' && !line.startsWith('--')) throw new Error(`docs/security.md: "${line}" is no statement`);
      return [];
    }
    if (major < Number(from ?? 0) || major >= Number(before ?? Infinity)) return [];
    return [
      {
        sql: sql
          .replaceAll(role, names.role)
          .replaceAll("'…'", `'${names.password}'`)
          .replaceAll(/\bdatabase shop\b/g, `database ${names.database}`),
        within,
      },
    ];
  });
}
