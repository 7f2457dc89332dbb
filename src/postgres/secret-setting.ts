import { sensitive } from './private-statement.js';

const names = /pass|pwd|secret|token|credential|key/i;
/** A connection string with a password in it. */
const values = /\bpassword\s*=|:\/\/[^/\s:@]+:[^/\s@]+@/i;

/**
 * A parameter of somebody's own, as `app.jwt_secret=…`, whose value is by its name or form a secret. PostgreSQL keeps no
 * secrets in its own.
 * @param setting `name=value`, as PostgreSQL keeps it
 */
export function isSecretSetting(setting: string): boolean {
  const [name, value] = parts(setting);
  return name.includes('.') && value !== '' && (names.test(name) || values.test(value));
}

/** As it may be shown. */
export function shownSetting(setting: string): string {
  return isSecretSetting(setting) ? `${parts(setting)[0]}=${sensitive}` : setting;
}

function parts(setting: string): readonly [name: string, value: string] {
  const equals = setting.indexOf('=');
  return [setting.slice(0, equals), setting.slice(equals + 1)];
}
