import { ProtocolError } from './protocol-error.js';

/** A message: its type (1 byte), the length of the rest with the length itself (int32), the rest. */
export const headerBytes = 5;

/**
 * Bytes of a message at most, as libpq has it (fe-protocol3.c), where the message is none of those that may be long.
 */
const shortest = 4;
const shortMessage = 30_000;
/** PostgreSQL makes no message of more (MaxAllocSize). */
const longestMessage = 0x3fff_ffff;
/** What is said in words: the context of an error may repeat a whole statement. */
const longestText = 16 * 1024 * 1024;
/** 1600 columns with names of 63 bytes are a tenth of it. */
const longestDescription = 2 * 1024 * 1024;

const limits: Readonly<Record<string, number>> = {
  D: longestMessage,
  d: longestMessage,
  E: longestText,
  N: longestText,
  T: longestDescription,
};

/**
 * Where the message that begins at `at` ends. Its header must be there.
 * @throws ProtocolError for a length that the type cannot have
 */
export function messageEnd(bytes: Buffer, at: number): number {
  const type = String.fromCharCode(bytes[at] ?? 0);
  const length = bytes.readInt32BE(at + 1);
  if (length < shortest || length > (limits[type] ?? shortMessage))
    throw new ProtocolError(`a message of type ${JSON.stringify(type)} says that it has ${length} bytes`);
  return at + 1 + length;
}
