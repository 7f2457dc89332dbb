/** An address with the number of its leading bits that count. */
export interface IpRange {
  readonly bits: 32 | 128;
  readonly address: bigint;
  readonly length: number;
}

/** `10.0.0.0/8`, `10.0.0.1`, `fd00::/8` …; undefined: not an address. */
export function parseRange(text: string): IpRange | undefined {
  const [host = '', length] = text.split('/');
  const parsed = parseAddress(host);
  if (parsed === undefined) return undefined;
  const given = length === undefined ? parsed.bits : Number(length);
  return Number.isInteger(given) && given >= 0 && given <= parsed.bits ? { ...parsed, length: given } : undefined;
}

/** An address and a netmask, as pg_hba_file_rules shows them. */
export function maskedRange(address: string, netmask: string | null): IpRange | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined || netmask === null)
    return parsed === undefined ? undefined : { ...parsed, length: parsed.bits };
  const mask = parseAddress(netmask);
  return mask === undefined ? undefined : { ...parsed, length: mask.address.toString(2).replaceAll('0', '').length };
}

/** Whether `outer` takes in all of `inner`, a part of it, or none. */
export function coverage(outer: IpRange, inner: IpRange): 'all' | 'part' | 'none' {
  if (outer.bits !== inner.bits) return 'none';
  const shared = BigInt(outer.bits - Math.min(outer.length, inner.length));
  if (outer.address >> shared !== inner.address >> shared) return 'none';
  return outer.length <= inner.length ? 'all' : 'part';
}

function parseAddress(text: string): Pick<IpRange, 'bits' | 'address'> | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const octets = text.split('.').map(Number);
    return octets.every(octet => octet <= 255) ? { bits: 32, address: joined(octets, 8n) } : undefined;
  }
  if (!/^[0-9a-f:]+$/i.test(text) || !text.includes(':')) return undefined;
  const [before = '', after, more] = text.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const missing = 8 - head.length - tail.length;
  if (more !== undefined || (after === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  return groups.every(group => /^[0-9a-f]{1,4}$/i.test(group))
    ? {
        bits: 128,
        address: joined(
          groups.map(group => Number.parseInt(group, 16)),
          16n,
        ),
      }
    : undefined;
}

function joined(groups: readonly number[], width: bigint): bigint {
  return groups.reduce((address, group) => (address << width) | BigInt(group), 0n);
}
