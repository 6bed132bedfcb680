import type { ASTNode } from 'graphql';

/** One mistake in the SDL: where it is, what is wrong and what to write instead. */
export interface SchemaMistake {
  /** As the source was named: a path for people. */
  readonly file: string;
  /** From 1; 0 where the file as a whole is meant. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** SDL that cannot be served. Its message has one line a mistake: `file:line:column what is wrong`. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
  readonly mistakes: readonly SchemaMistake[];

  constructor(mistakes: readonly SchemaMistake[]) {
    super(mistakes.map((mistake) => `${placeOf(mistake)} ${mistake.message}`).join('\n'));
    this.mistakes = mistakes;
  }
}

function placeOf({ file, line, column }: SchemaMistake): string {
  return line === 0 ? `${file}:` : `${file}:${line}:${column}`;
}

/** `file:line:column` of a node, for messages that name a second place. */
export function placeOfNode(node: ASTNode): string {
  return placeOf({ ...locationOf(node), message: '' });
}

function locationOf(node: ASTNode): { file: string; line: number; column: number } {
  const location = node.loc;
  if (location === undefined) return { file: 'schema', line: 0, column: 0 };
  return { file: location.source.name, line: location.startToken.line, column: location.startToken.column };
}

/** Collects mistakes, so that one start names all of them. */
export interface Mistakes {
  add(node: ASTNode, message: string): void;
  addAt(mistake: SchemaMistake): void;
  /** Throws a SchemaError when there is any, in the order of files and lines. */
  throwIfAny(): void;
}

export function createMistakes(): Mistakes {
  const list: SchemaMistake[] = [];
  return {
    add: (node, message) => void list.push({ ...locationOf(node), message }),
    addAt: (mistake) => void list.push(mistake),
    throwIfAny() {
      if (list.length === 0) return;
      throw new SchemaError(
        list.toSorted((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column),
      );
    },
  };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
