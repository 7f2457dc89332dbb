import { readFileSync } from 'node:fs';
import { isSystemError } from '../postgres/system-error.js';

export type SpecText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable' | 'encoding'; readonly message: string; readonly hint: string };

/** Reads a spec file as UTF-8; what stands in the way is told rather than thrown. */
export function readSpecText(path: string): SpecText {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { kind: 'unreadable', ...unreadable(path, error) };
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { kind: 'encoding', message: `${path} is UTF-16`, hint: 'Save it as UTF-8.' };
  }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { kind: 'encoding', message: `${path} is not UTF-8 text`, hint: 'Save it as UTF-8.' };
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): { message: string; hint: string } {
  const { code } = error;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { message: `${path}: no such file`, hint: 'Name the spec file, or write one with `pgm init`.' };
  if (code === 'EISDIR')
    return { message: `${path} is a folder`, hint: `Name the file in it: ${path.replace(/\/+$/, '')}/pgm.yaml` };
  if (code === 'EACCES' || code === 'EPERM')
    return { message: `${path}: permission denied`, hint: 'Let this user read the file.' };
  return { message: `cannot read ${path}: ${error.message}`, hint: 'Name a file that can be read.' };
}
