import { headerBytes, messageEnd } from '../postgres/message-header.js';

/**
 * Reads PostgreSQL's message frames (type byte, int32 length, body) out of a byte stream without taking rows apart:
 * CopyData and CopyDone are handed on as they came, since both sides of the protocol give them the same form;
 * every other message is handed over whole.
 */
export interface FrameListener {
  /** Bytes of CopyData and CopyDone frames, in order. A view on the chunk: use or copy it at once. */
  copy(bytes: Buffer): void;
  /** Any other message, whole, header included. */
  message(type: number, frame: Buffer): void;
}

export const frameType = {
  copyData: 0x64,
  copyDone: 0x63,
  copyOut: 0x48,
  commandComplete: 0x43,
  error: 0x45,
  ready: 0x5a,
} as const;

export class FrameSplitter {
  readonly #listener: FrameListener;
  /** Bytes of a forwarded frame that are still to come. */
  #forwarding = 0;
  /** The beginning of a frame whose rest is still to come. */
  #held: Buffer | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /**
   * A length that no message has would put the two ends of the stream out of step: the target would take data of the
   * source for messages of pgm.
   * @throws ProtocolError
   */
  push(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    let from = 0;
    let at = Math.min(this.#forwarding, bytes.length);
    this.#forwarding -= at;
    while (bytes.length - at >= headerBytes) {
      const type = bytes[at];
      const end = messageEnd(bytes, at);
      if (type === frameType.copyData || type === frameType.copyDone) {
        if (end > bytes.length) this.#forwarding = end - bytes.length;
        at = Math.min(end, bytes.length);
        continue;
      }
      if (end > bytes.length) break;
      if (at > from) this.#listener.copy(bytes.subarray(from, at));
      const frame = bytes.subarray(at, end);
      from = at = end;
      this.#listener.message(type ?? 0, frame);
    }
    if (at > from) this.#listener.copy(bytes.subarray(from, at));
    if (at < bytes.length) this.#held = Buffer.from(bytes.subarray(at));
  }
}
