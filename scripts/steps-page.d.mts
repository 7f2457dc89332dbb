import type { StepTraits } from '../src/steps/step-traits.js';

export function renderStepsPage(stepTraits: Readonly<Record<string, StepTraits>>): string;
export function withKinds(text: string, stepKinds: readonly string[]): string;
