export function outside(md: unknown, base: string): void;
export function leaving(href: string | null, page: string): string | null;
