/** Buffers that are read into again once nobody needs what they hold. As many as are held at a time, and one. */
export class ReadBuffers {
  readonly #size: number;
  readonly #free: Buffer[] = [];
  #current: { readonly bytes: Buffer; uses: number } | undefined;

  /** @param size bytes of each */
  constructor(size: number) {
    this.#size = size;
  }

  /** The buffer to read into next: the same again when nobody holds it. */
  next(): Buffer {
    const bytes =
      (this.#current?.uses === 0 ? this.#current.bytes : this.#free.pop()) ?? Buffer.allocUnsafeSlow(this.#size);
    this.#current = { bytes, uses: 0 };
    return bytes;
  }

  /** Keeps the buffer that was read into last as it is, until what it answers is called, once. */
  hold(): () => void {
    const held = this.#current;
    if (held === undefined) return () => undefined;
    held.uses++;
    return () => {
      if (--held.uses === 0 && held !== this.#current) this.#free.push(held.bytes);
    };
  }
}
