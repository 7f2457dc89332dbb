import { dirname, resolve } from 'node:path';
import { processEnvironment, type Environment } from '../postgres/environment.js';
import { buildSpec } from './build-spec.js';
import { checkMeaning } from './check-meaning.js';
import { SpecErrors, type Diagnostic } from './diagnostic.js';
import { locate } from './locate.js';
import { maskSecrets } from './mask-secrets.js';
import type { Mistake } from './mistake.js';
import { parseYaml } from './parse-yaml.js';
import { readSpecText } from './read-spec-text.js';
import { schemaMistakes } from './schema-mistakes.js';
import type { SpecFile } from './spec-file.generated.js';
import { SpecView } from './spec-view.js';
import type { Spec } from './spec.js';
import { validateSchema } from './validate-schema.js';
import { expandTree } from './variables.js';
import { toData } from './yaml-tree.js';

export interface LoadedSpec {
  readonly spec: Spec;
  /** Warnings, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text, to show the lines of the diagnostics. */
  readonly text: string;
}

/**
 * Reads, checks and completes a spec file. Offline: it reads the file, the environment, and the password and service
 * files that the connections name.
 * @param path as the user named it; diagnostics repeat it
 * @throws SpecErrors with every mistake at once; mistakes of YAML syntax end the reading
 */
export function loadSpec(path: string, environment: Environment = processEnvironment()): LoadedSpec {
  const read = readSpecText(path);
  if (read.kind !== 'text') {
    const code = read.kind === 'unreadable' ? 'PGMS001' : 'PGMS002';
    throw new SpecErrors(
      [
        {
          code,
          severity: 'error',
          message: read.message,
          hint: read.hint,
          location: { file: path, line: 1, column: 1 },
        },
      ],
      '',
    );
  }
  return loadSpecText(read.text, path, environment);
}

/** As {@link loadSpec}, for a text that is at hand. */
export function loadSpecText(text: string, path: string, environment: Environment): LoadedSpec {
  const found = new MistakeList(text, path);
  const parsed = parseYaml(text);
  found.add(parsed.mistakes);
  if (parsed.root === undefined) throw found.errors();

  const expanded = expandTree(parsed.root, text, environment.env);
  found.add(expanded.mistakes);
  const checked = validateSchema(expanded.root);
  found.add(schemaMistakes(checked));
  const absolute = resolve(path);
  const meaning = checkMeaning(new SpecView(checked.root), dirname(absolute), environment, span => found.covers(span));
  found.add(meaning.mistakes);

  if (found.hasErrors || meaning.connections === undefined) throw found.errors();
  return {
    spec: buildSpec(toData(checked.root) as SpecFile, meaning.connections, absolute, text),
    diagnostics: found.diagnostics(),
    text,
  };
}

/** Mistakes of one stage after the other; where an earlier stage found an error, a later one is not heard. */
class MistakeList {
  readonly #mistakes: Mistake[] = [];

  constructor(
    readonly text: string,
    readonly path: string,
  ) {}

  get hasErrors(): boolean {
    return this.#mistakes.some(({ severity }) => severity === 'error');
  }

  add(stage: readonly Mistake[]): void {
    this.#mistakes.push(...stage.filter(({ span }) => !this.covers(span)));
  }

  /** True when an error lies on a part of the stretch. */
  covers(span: { readonly start: number; readonly end: number }): boolean {
    return this.#mistakes.some(
      ({ severity, span: known }) => severity === 'error' && known.start < span.end && span.start < known.end,
    );
  }

  diagnostics(): Diagnostic[] {
    return [...this.#mistakes]
      .sort((a, b) => a.span.start - b.span.start)
      .map(({ code, severity, message, hint, span }) => ({
        code,
        severity,
        message: maskSecrets(message),
        ...(hint === undefined ? {} : { hint }),
        location: locate(this.path, this.text, span.start),
        length: Math.max(1, span.end - span.start),
      }));
  }

  errors(): SpecErrors {
    return new SpecErrors(this.diagnostics(), this.text);
  }
}
