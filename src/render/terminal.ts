import { annotationCommand, withoutCommands, type Annotation } from './workflow-commands.js';
import { paletteFor, type Palette } from './palette.js';
import { wrapProse } from './wrap.js';

/** Where text goes: the only writers to stdout and stderr. */
export interface Sink {
  write(text: string): void;
  /** Text for people: on a terminal its prose is fitted to the width. */
  print(text: string): void;
  readonly isTerminal: boolean;
  /** Lines may be drawn over: a terminal that knows how to move its cursor. */
  readonly canRedraw: boolean;
  /** Width now; 80 where it is not known. */
  readonly columns: number;
  /** Height now; 24 where it is not known. */
  readonly rows: number;
  readonly palette: Palette;
  /** The reader has gone (`pgm plan | head -1`): what is written from here on is dropped. */
  readonly closed: boolean;
  /** Something went there. */
  readonly used: boolean;
}

export interface Terminal {
  readonly out: Sink;
  readonly error: Sink;
}

export interface TerminalOptions {
  readonly color: boolean;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The process's own stdout and stderr. A reader that goes away ends the text, not the work. */
export function openTerminal({ color, environment = process.env }: TerminalOptions): Terminal {
  return {
    out: openSink(process.stdout, color, environment),
    error: openSink(process.stderr, color, environment),
  };
}

function openSink(
  stream: NodeJS.WriteStream,
  color: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Sink {
  let closed = false;
  let used = false;
  const isTerminal = (stream.isTTY as boolean | undefined) === true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    closed = true;
    if (error.code !== 'EPIPE') process.exitCode ||= 1;
  });
  const columns = (): number => stream.columns || 80; // 0 where the terminal does not say
  const write = (text: string): void => {
    if (text === '') return;
    used = true;
    if (!closed) stream.write(withoutCommands(text));
  };
  return {
    write,
    print(text) {
      write(isTerminal ? wrapProse(text, columns()) : text);
    },
    isTerminal,
    canRedraw: isTerminal && environment['TERM'] !== 'dumb',
    get columns() {
      return columns();
    },
    get rows() {
      return (stream.rows as number | undefined) ?? 24;
    },
    palette: paletteFor({ isTerminal, color, environment }),
    get closed() {
      return closed;
    },
    get used() {
      return used;
    },
  };
}

/** Tells the pipeline, on stdout, about a line of a file. Written as a command, which no other text is. */
export function annotate(annotation: Annotation): void {
  process.stdout.write(annotationCommand(annotation));
}
