import type { Model, Rule } from '../../models/model.ts';

/** The fields that owner rules look at. */
export function ownerFields(model: Model): ReadonlySet<string> {
  return new Set(model.rules.flatMap((rule) => (rule.allow === 'owner' ? [rule.ownerField] : [])));
}

/** Those of `rules` that hold one owner, each once, in the order of the rules. */
export function singleOwnerFields(rules: readonly Rule[]): string[] {
  return [
    ...new Set(rules.flatMap((rule) => (rule.allow === 'owner' && !rule.many ? [rule.ownerField] : []))),
  ];
}
