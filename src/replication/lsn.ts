/** An LSN as text (`16/B374D848`) to a number that can be compared and subtracted; bytes. */
export function lsnToBigInt(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** Bytes from `from` to `to`, never negative. */
export function lsnDistance(from: string, to: string): number {
  const distance = lsnToBigInt(to) - lsnToBigInt(from);
  return distance > 0n ? Number(distance) : 0;
}
