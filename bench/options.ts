import { parseArgs } from 'node:util';

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  /** Names of works; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** The JSON of the results alone on standard output. */
  readonly json: boolean;
}

/** A mistake on the command line. */
export class BadOption extends Error {
  override readonly name = 'BadOption';
}

export const DEFAULTS = { rounds: 7, seconds: 1 } as const;

/** Undefined: help was asked for. Throws BadOption. */
export function readOptions(args: readonly string[], known: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const only = values.only
    ?.flatMap((names) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  for (const name of only ?? []) {
    if (!known.includes(name))
      throw new BadOption(`--only ${name}: there is no such work. There are ${known.join(', ')}.`);
  }
  return {
    rounds: positive('rounds', values.rounds, DEFAULTS.rounds, true),
    seconds: positive('seconds', values.seconds, DEFAULTS.seconds, false),
    only,
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BadOption(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function positive(name: string, text: string | undefined, fallback: number, whole: boolean): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && (!whole || Number.isInteger(value))) return value;
  throw new BadOption(`--${name} ${text}: must be a ${whole ? 'whole ' : ''}number above 0.`);
}
