import { describe, expect, it } from 'vitest';
import { setStatement } from '../../src/copy/role-statements.js';
import { isSecretSetting, shownSetting } from '../../src/postgres/secret-setting.js';

describe('a setting of a role or database that holds a secret', () => {
  it.each([
    'app.jwt_secret=x1',
    'app.settings.jwt_secret=x1',
    'app.API_KEY=x1',
    'app.db=postgres://u:x1@h/d',
    'app.db=host=h password = x1',
    'my.token=x1',
  ])('is known by its name or form: %s', setting => {
    expect(isSecretSetting(setting)).toBe(true);
    expect(shownSetting(setting)).not.toContain('x1');
  });

  it.each([
    'search_path=secret',
    'app.tenant=7',
    'app.url=https://example.com/a@b',
    'app.secret=',
    'password_encryption=md5',
  ])('is none: %s', setting => {
    expect(isSecretSetting(setting)).toBe(false);
    expect(shownSetting(setting)).toBe(setting);
  });

  it('is sent and not shown', () => {
    const { statement, hidden } = setStatement('alter role a', "app.jwt_secret=it's one");
    expect(statement).toBe(`alter role a set "app"."jwt_secret" to '(sensitive)'`);
    expect(hidden?.sql.reveal()).toBe(`alter role a set "app"."jwt_secret" to 'it''s one'`);
    expect(JSON.stringify(hidden)).not.toContain('one');
    expect(setStatement('alter role a', 'app.tenant=7')).toEqual({
      setting: 'app.tenant=7',
      statement: `alter role a set "app"."tenant" to '7'`,
    });
  });
});
