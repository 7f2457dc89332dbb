import type { Provider, ServerFacts } from '../inspect/facts.js';
import type { Seen } from './check.js';
import { numericSetting, settingChange } from './setting-change.js';

export interface Minimum {
  readonly server: 'source' | 'target';
  readonly facts: ServerFacts;
  readonly name: string;
  readonly needed: number;
  /** What the number is made of, in words. */
  readonly because: string;
  readonly providers?: Partial<Readonly<Record<Provider, string>>> | undefined;
  readonly otherwise?: 'error' | 'warning';
}

/** A setting that must be at least so much. Nothing where the version does not know it. */
export function atLeast(minimum: Minimum): Seen[] {
  const { server, facts, name, needed, because, ...rest } = minimum;
  const value = numericSetting(facts, name);
  if (value === null) return [];
  if (value >= needed)
    return [
      {
        severity: 'ok',
        server,
        object: name,
        message: `${name} is ${value}, enough for ${because}`,
        current: String(value),
        required: `${needed} or more`,
      },
    ];
  return [
    settingChange({
      server,
      facts,
      name,
      value: String(needed),
      suffices: inFile => Number(inFile) >= needed,
      message: `${name} is ${value}, ${needed} are needed: ${because}`,
      required: `${needed} or more`,
      ...rest,
    }),
  ];
}
