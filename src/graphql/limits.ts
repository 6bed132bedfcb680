import {
  GraphQLError,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/** What one document may ask. Far above what the known clients send, far below what would hurt. */
export interface DocumentLimits {
  /** Nested fields. Introspection does not count: its standard query is 13 deep. */
  readonly depth: number;
  /** Fields in all, with fragments expanded: what the answer costs. As many spreads may lead to them. */
  readonly fields: number;
  /** Aliases, with fragments expanded: the same field asked again and again. */
  readonly aliases: number;
  /** Fields at the root: each is a call of its own. */
  readonly rootFields: number;
  /** Tokens of the text; the parser stops there. */
  readonly tokens: number;
}

export const DOCUMENT_LIMITS: DocumentLimits = {
  depth: 20,
  fields: 5000,
  aliases: 250,
  rootFields: 100,
  tokens: 20_000,
};

/**
 * Refuses documents above the limits. Fragments are expanded, each at most once a path (cycles are another rule's
 * business), and the walk stops at the first limit that is passed, so that a hostile document costs no more than
 * the limit itself.
 */
export function documentLimits(limits: DocumentLimits): ValidationRule {
  return (context) => ({
    Document(document) {
      const problem = measure(document, limits);
      if (problem !== undefined) context.reportError(problem);
      return undefined;
    },
  });
}

function measure(document: DocumentNode, limits: DocumentLimits): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const state: Walk = {
    limits,
    fragments,
    path: new Set(),
    fields: 0,
    spreads: 0,
    aliases: 0,
    problem: undefined,
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const before = state.fields;
    walk(definition.selectionSet, 1, state);
    if (state.problem === undefined && state.fields - before > limits.fields) break;
  }
  return state.problem;
}

interface Walk {
  readonly limits: DocumentLimits;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly path: Set<string>;
  fields: number;
  spreads: number;
  aliases: number;
  problem: GraphQLError | undefined;
}

function walk(set: SelectionSetNode, depth: number, state: Walk, rootFields = { count: 0 }): void {
  for (const selection of set.selections) {
    if (state.problem !== undefined) return;
    if (selection.kind === Kind.FIELD) visitField(selection, depth, state, rootFields);
    else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, depth, state, rootFields);
    else {
      // A fragment that leads to no field (to itself, to none that is there) costs as well.
      if (++state.spreads > state.limits.fields) {
        refuse(state, selection, `spreads fragments more than ${state.limits.fields} times`);
        return;
      }
      const name = selection.name.value;
      const fragment = state.fragments.get(name);
      if (fragment === undefined || state.path.has(name)) continue;
      state.path.add(name);
      walk(fragment.selectionSet, depth, state, rootFields);
      state.path.delete(name);
    }
  }
}

function visitField(field: FieldNode, depth: number, state: Walk, rootFields: { count: number }): void {
  const { limits } = state;
  state.fields++;
  if (field.alias !== undefined) state.aliases++;
  if (depth === 1) rootFields.count++;
  if (state.fields > limits.fields) return refuse(state, field, `asks for more than ${limits.fields} fields`);
  if (state.aliases > limits.aliases) return refuse(state, field, `has more than ${limits.aliases} aliases`);
  if (rootFields.count > limits.rootFields) {
    return refuse(state, field, `has more than ${limits.rootFields} fields at its root`);
  }
  if (depth > limits.depth) return refuse(state, field, `is nested more than ${limits.depth} deep`);
  const introspection = field.name.value.startsWith('__');
  if (field.selectionSet !== undefined && !introspection)
    walk(field.selectionSet, depth + 1, state, rootFields);
  return undefined;
}

function refuse(state: Walk, node: FieldNode | FragmentSpreadNode, what: string): void {
  state.problem = new GraphQLError(`The document ${what}; ask in several requests.`, { nodes: [node] });
}

/** Brackets of one document inside one another: what parses and validates by recursion stays far from its end. */
const DEEPEST_BRACKETS = 200;
/** Texts, comments, brackets. */
const TOKEN = /"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|[{[(]|[}\])]/g;

/** Whether a text is nested deeper than any document of use. Looked at before it is parsed. */
export function isNestedTooDeep(text: string): boolean {
  if (text.length <= DEEPEST_BRACKETS) return false;
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[' || token === '(') depth++;
    else if (token === '}' || token === ']' || token === ')') depth--;
    if (depth > DEEPEST_BRACKETS) return true;
  }
  return false;
}
