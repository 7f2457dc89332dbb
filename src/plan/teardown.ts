/** What a plan takes down, where it does not go on to its goal. */
export interface Teardown {
  /** `stop` ends replication for now, `close` and `destroy` for good; `destroy` puts changed settings back, too. */
  readonly command: 'stop' | 'close' | 'destroy';
  /** The slots go too, so that nothing is held on the source. Of `stop` alone. */
  readonly release: boolean;
  /** The side that handed the writes over takes them again. Of `destroy` alone. */
  readonly open: boolean;
  /** A server that is gone for good: the other one is freed. */
  readonly gone: 'source' | 'target' | null;
  /** What is left as it is, and why: sentences. */
  readonly stays: readonly string[];
}

/** As it is asked for. */
export type TeardownWish = Omit<Teardown, 'stays'>;

/** The command that does the same again. */
export function teardownCommand({ command, release, open, gone }: TeardownWish): string {
  const flags = [
    ...(release ? ['--release'] : []),
    ...(open ? ['--open'] : []),
    ...(gone === null ? [] : ['--gone', gone]),
  ];
  return ['pgm', command, ...flags].join(' ');
}
