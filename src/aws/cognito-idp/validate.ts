import { isObject, isStorableText } from '../../base/json.ts';
import { WireError } from './errors.ts';

/*
 * The shape of an operation's input, as a table of members. A wrong JSON type is a SerializationException at once;
 * values outside their constraints are collected and told together, in AWS's words. Unknown members are ignored,
 * a null is an absent member.
 */

/** One member: reads an unknown value, adds to `problems`, returns the value. */
export interface Member<T, Required extends boolean = boolean> {
  readonly required: Required;
  read(value: unknown, path: string, problems: string[]): T;
}
export type Members = Readonly<Record<string, Member<unknown>>>;

type ValueOf<M> = M extends Member<infer T> ? T : never;
type RequiredNames<M extends Members> = {
  [K in keyof M]: M[K]['required'] extends true ? K : never;
}[keyof M];
/** The type that a table of members reads. */
export type InputOf<M extends Members> = { readonly [K in RequiredNames<M>]: ValueOf<M[K]> } & {
  readonly [K in Exclude<keyof M, RequiredNames<M>>]?: ValueOf<M[K]>;
};

interface TextRules {
  readonly min?: number;
  readonly max?: number;
  /** Must match the whole text. */
  readonly pattern?: string;
  readonly values?: readonly string[];
  /** Never echoed in an error: passwords, codes, tokens. */
  readonly sensitive?: boolean;
}
interface NumberRules {
  readonly min?: number;
  readonly max?: number;
}
interface SizeRules {
  readonly min?: number;
  readonly max?: number;
}

const describe = (value: unknown, sensitive: boolean): string =>
  sensitive ? 'Value' : `Value '${String(value).slice(0, 256)}'`;

function problem(problems: string[], value: string, path: string, constraint: string): void {
  problems.push(`${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`);
}

/** A member that may be missing, of any kind below. */
export function optional<T>(member: Member<T>): Member<T, false> {
  return { required: false, read: (value, path, problems) => member.read(value, path, problems) };
}

export function text(rules: TextRules = {}): Member<string, true> {
  const pattern = rules.pattern === undefined ? undefined : new RegExp(`^(?:${rules.pattern})$`, 'su');
  return {
    required: true,
    read(value, path, problems) {
      if (typeof value !== 'string') throw wrongType(value, 'String');
      const shown = describe(value, rules.sensitive === true);
      const { length } = value;
      if (rules.min !== undefined && length < rules.min) {
        problem(problems, shown, path, `have length greater than or equal to ${rules.min}`);
      }
      if (rules.max !== undefined && length > rules.max) {
        problem(problems, shown, path, `have length less than or equal to ${rules.max}`);
      } else if (pattern !== undefined && !pattern.test(value)) {
        problem(problems, shown, path, `satisfy regular expression pattern: ${rules.pattern}`);
      }
      if (rules.values !== undefined && !rules.values.includes(value)) {
        problem(problems, shown, path, `satisfy enum value set: [${rules.values.join(', ')}]`);
      }
      if (!isStorableText(value)) problem(problems, 'Value', path, 'not hold U+0000 or a lone surrogate');
      return value;
    },
  };
}

/** A text of a closed list, typed as such. */
export function oneOf<const V extends string>(values: readonly V[]): Member<V, true> {
  const member = text({ values });
  return { required: true, read: (value, path, problems) => member.read(value, path, problems) as V };
}

export function integer(rules: NumberRules = {}): Member<number, true> {
  return {
    required: true,
    read(value, path, problems) {
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(value, 'Integer');
      const shown = describe(value, false);
      if (rules.min !== undefined && value < rules.min) {
        problem(problems, shown, path, `have value greater than or equal to ${rules.min}`);
      }
      if (rules.max !== undefined && value > rules.max) {
        problem(problems, shown, path, `have value less than or equal to ${rules.max}`);
      }
      return value;
    },
  };
}

export function flag(): Member<boolean, true> {
  return {
    required: true,
    read(value) {
      if (typeof value !== 'boolean') throw wrongType(value, 'Boolean');
      return value;
    },
  };
}

export function list<T>(item: Member<T>, rules: SizeRules = {}): Member<readonly T[], true> {
  return {
    required: true,
    read(value, path, problems) {
      if (!Array.isArray(value)) throw wrongType(value, 'List');
      checkSize(value.length, path, rules, problems);
      return value.map((each: unknown, index) => item.read(each, `${path}.${index + 1}.member`, problems));
    },
  };
}

/** `key` checks the names, as a text of its own. */
export function map<T>(
  item: Member<T>,
  rules: SizeRules & { readonly key?: Member<string> } = {},
): Member<ReadonlyMap<string, T>, true> {
  return {
    required: true,
    read(value, path, problems) {
      if (!isObject(value)) throw wrongType(value, 'Map');
      const entries = Object.entries(value).filter(([, each]) => each !== null);
      checkSize(entries.length, path, rules, problems);
      for (const [key] of entries) rules.key?.read(key, path, problems);
      return new Map(entries.map(([key, each]) => [key, item.read(each, `${path}.${key}`, problems)]));
    },
  };
}

export function structure<M extends Members>(members: M): Member<InputOf<M>, true> {
  return {
    required: true,
    read(value, path, problems) {
      if (!isObject(value)) throw wrongType(value, 'Structure');
      const prefix = path === '' ? '' : `${path}.`;
      const read: Record<string, unknown> = {};
      for (const [name, member] of Object.entries(members)) {
        const at = `${prefix}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
        const each = Object.hasOwn(value, name) ? value[name] : undefined;
        if (each !== undefined && each !== null) read[name] = member.read(each, at, problems);
        else if (member.required) problem(problems, 'Value null', at, 'not be null');
      }
      return read as InputOf<M>;
    },
  };
}

/** Reads the body of a request by its table, or throws what the wire answers. */
export function readInput<M extends Members>(members: M, body: unknown): InputOf<M> {
  const problems: string[] = [];
  const input = structure(members).read(body, '', problems);
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
    throw new WireError('InvalidParameterException', `${count} detected: ${problems.join('; ')}`);
  }
  return input;
}

function checkSize(size: number, path: string, rules: SizeRules, problems: string[]): void {
  if (rules.min !== undefined && size < rules.min) {
    problem(problems, 'Value', path, `have length greater than or equal to ${rules.min}`);
  }
  if (rules.max !== undefined && size > rules.max) {
    problem(problems, 'Value', path, `have length less than or equal to ${rules.max}`);
  }
}

function wrongType(value: unknown, wanted: string): WireError {
  if (Array.isArray(value)) return serialization('Start of list found where not expected');
  if (isObject(value)) return serialization('Start of structure or map found where not expected.');
  const found = value === null ? 'NULL_VALUE' : `${typeof value}_VALUE`.toUpperCase();
  return serialization(`${found} can not be converted to ${/^[AI]/.test(wanted) ? 'an' : 'a'} ${wanted}`);
}

const serialization = (message: string) => new WireError('SerializationException', message);
