export function llmsText(read: (path: string) => string): string;
export function fileOf(link: string): string;
