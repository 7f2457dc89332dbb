import { isIP } from 'node:net';
import { mistake, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';

/** What pg_hba.conf would not take. */
export function* checkHbaAddresses(view: SpecView): Generator<Mistake> {
  for (const { value, span } of view.texts(['source', 'hba', 'addresses'])) {
    const hint = hbaAddressHint(value);
    if (hint !== undefined) yield mistake('PGMS045', span, `"${value}" is not an address that pg_hba.conf takes`, hint);
  }
}

/** What to write instead; undefined when the address is good. */
function hbaAddressHint(address: string): string | undefined {
  const [ip = '', length, ...more] = address.split('/');
  const version = isIP(ip);
  if (version !== 0) {
    const longest = version === 4 ? 32 : 128;
    if (length === undefined) return `Write ${address}/${String(longest)} for this one address.`;
    if (more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= longest) return undefined;
    return `After the "/" stands the number of fixed bits, 0 to ${String(longest)}.`;
  }
  const isHostName =
    /^\.?(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/.test(
      address,
    );
  const isBrokenIp = /^[0-9.]+$/.test(address);
  return isHostName && !isBrokenIp
    ? undefined
    : 'For example 203.0.113.7/32, 2001:db8::/32, target.example.com or .example.com';
}
