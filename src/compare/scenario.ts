/**
 * A scenario: people, their devices and what they do to one thing with named fields (a note). It says nothing of
 * datasets or models; every contender plays the same steps.
 */
export interface Scenario {
  /** Kebab-case, the file's name. */
  readonly name: string;
  readonly title: string;
  /** Told to a newcomer before the steps. */
  readonly story: string;
  readonly people: readonly Person[];
  readonly steps: readonly Step[];
  readonly expectations: readonly Expectation[];
}

export interface Person {
  readonly name: string;
  readonly devices: readonly string[];
}

export type FieldName = (typeof FIELD_NAMES)[number];
/** What the thing consists of; the shipped models have the same fields. Only `title` is required there. */
export const FIELD_NAMES = ['title', 'body', 'color'] as const;

/** Null takes a field away. */
export type Fields = Readonly<Partial<Record<FieldName, string | null>>>;

export interface Step {
  /** Line in the file. */
  readonly line: number;
  readonly devices: readonly string[];
  readonly action: Action;
  /** A sentence for the reader. */
  readonly say: string | undefined;
  /** What devices must show when the step has settled, with every contender. */
  readonly sights: readonly Sight[];
}

export type Action =
  | { readonly kind: 'create'; readonly fields: Fields }
  | { readonly kind: 'edit'; readonly fields: Fields; readonly times: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'go'; readonly to: 'offline' | 'online' }
  | { readonly kind: 'wait'; readonly ms: number };

export interface Sight {
  readonly device: string;
  /** Null: the device shows nothing. Fields that are left out are not looked at. */
  readonly shows: Fields | null;
}

/** What the end must be. Fields that are undefined are not looked at. */
export interface Expectation {
  readonly line: number;
  /** A contender's id, `dataset`, `model` or `all`. */
  readonly contender: string;
  readonly converged: boolean | undefined;
  /** Lost edits as `device.field`, in order. */
  readonly lost: readonly string[] | undefined;
  readonly rejected: number | undefined;
  /** What every device that may see the thing shows. */
  readonly final: Fields | null | undefined;
  /** Names of people other than the first who see the first one's thing at the end. */
  readonly seenBy: readonly string[] | undefined;
}

/** Every device of a scenario with its owner. */
export function devicesOf(scenario: Scenario): readonly { readonly name: string; readonly person: string }[] {
  return scenario.people.flatMap((person) => person.devices.map((name) => ({ name, person: person.name })));
}
