import type { HbaRule } from '../../src/inspect/facts.js';

/** `type database user address[|mask] method [option]`, the lists separated by commas. */
export function rules(...lines: readonly string[]): HbaRule[] {
  return lines.map((text, index) => {
    const [type = '', database = '', user = '', where = '', method = '', ...options] = text.split(/\s+/);
    const [address = '', netmask = null] = where.split('|');
    return {
      line: index + 1,
      type,
      database: database.split(','),
      user: user.split(','),
      address: type === 'local' ? null : address,
      netmask,
      method,
      error: null,
      ...(options.length === 0 ? {} : { options }),
    };
  });
}
