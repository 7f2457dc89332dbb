import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export const superuserObjects: Check = {
  code: 'PGM414',
  slug: 'superuser-objects',
  title: 'Objects that only a superuser may create',
  scope: 'any',
  why:
    'Functions in C and in untrusted languages, operator classes, access methods, base ' +
    'types, languages and foreign-data wrappers can be made by superusers alone. Without ' +
    'them the copy would end in the middle of the definitions.',
  decided:
    'Such objects of the source that no extension owns and that the target ' +
    'lacks, when the target role is no superuser.',
  remedy: 'Make them on the target as a superuser first: what is there is left as it is. Or drop them on the source.',
  run: ({ facts, target }) => {
    if (target === null || target.user.superuser) return [];
    return facts.databases.flatMap(({ name: database, source, target: contents }): Seen[] => {
      const there = new Set(contents?.superuserObjects.map(({ kind, name }) => `${kind} ${name}`));
      return source.superuserObjects
        .filter(({ kind, name }) => !there.has(`${kind} ${name}`))
        .map(({ kind, name }): Seen => ({
          severity: 'error',
          server: 'target',
          database,
          object: name,
          message: `${kind} ${name} can only be made by a superuser, which ${target.user.name} is not on the target`,
          current: target.user.name,
          required: 'superuser',
          remedy: superuserObjects.remedy,
        }));
    });
  },
};

export const extensionComments: Check = {
  code: 'PGM415',
  slug: 'extension-comments',
  title: 'Comments on extensions',
  scope: 'any',
  why:
    'Only the owner of an extension may comment on it, and on the target that may be somebody else. ' +
    'CREATE EXTENSION gives it its usual comment; a comment of your own stays behind.',
  decided:
    'Extensions of the source whose comment is not the usual one and not on the ' +
    'target yet, when the target role is no superuser.',
  remedy: 'comment on extension E is …; as its owner on the target, after the copy.',
  run: ({ facts, source, target }) => {
    if (target === null || target.user.superuser) return [];
    const usual = new Map(source?.availableExtensions.map(({ name, comment }) => [name, comment]));
    return facts.databases.flatMap(({ name: database, source: { extensions }, target: there }) =>
      extensions
        .filter(
          ({ name, comment }) =>
            comment !== null &&
            usual.has(name) &&
            usual.get(name) !== comment &&
            there?.extensions.find(each => each.name === name)?.comment !== comment,
        )
        .map(({ name, comment }): Seen => ({
          severity: 'info',
          server: 'target',
          database,
          object: name,
          message: `the comment on extension ${name} stays behind: ${target.user.name} is no superuser on the target`,
          current: comment,
          remedy:
            `comment on extension ${quoteIdentifier(name)} is ${quoteLiteral(comment ?? '').trim()};   -- ` +
            `as its owner, in database ${quoteIdentifier(database)} of the target`,
        })),
    );
  },
};
