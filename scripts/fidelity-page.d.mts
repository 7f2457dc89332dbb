import type { Kind } from '../src/inspect/kinds.js';

export declare const begin: string;
export declare const end: string;
export declare function renderKinds(kinds: readonly Kind[]): string;
export declare function withKinds(page: string, kinds: readonly Kind[]): string;
