import type { Check } from '../src/checks/check.js';

export function renderFindingsPage(catalogue: readonly Check[]): string;
