// Writes llms.txt beside the built site: every page of docs/ with its first sentence, for readers that are programs.
import { readFileSync, writeFileSync } from 'node:fs';
import { llmsText } from './llms-text.mjs';

const root = new URL('..', import.meta.url);
writeFileSync(new URL('.vitepress/dist/llms.txt', root), llmsText(path => readFileSync(new URL(path, root), 'utf8')));
