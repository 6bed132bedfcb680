import {
  getDirectiveValues,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type SelectionSetNode,
} from 'graphql';
import type { Operation } from './documents.ts';
import { RefusedRequest } from './refused-request.ts';

type Variables = Readonly<Record<string, unknown>>;

/** The one field of a subscription. Validation counts what stands there; what @skip leaves is known only now. */
export function rootFieldOf({ document, node }: Operation, variables: Variables): FieldNode {
  const [field, ...others] = fieldsOf(node.selectionSet, document, variables);
  const key = field?.alias?.value ?? field?.name.value;
  if (field === undefined || others.some((other) => (other.alias?.value ?? other.name.value) !== key)) {
    const error = new GraphQLError('A subscription selects exactly one field.', { nodes: [node] });
    throw new RefusedRequest([error], 'GRAPHQL_VALIDATION_FAILED');
  }
  return field;
}

function* fieldsOf(
  set: SelectionSetNode,
  document: DocumentNode,
  variables: Variables,
): Generator<FieldNode> {
  for (const selection of set.selections) {
    if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.['if'] === true) continue;
    if (getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.['if'] === false) continue;
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      yield* fieldsOf(selection.selectionSet, document, variables);
    else {
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.FRAGMENT_DEFINITION || definition.name.value !== selection.name.value)
          continue;
        yield* fieldsOf(definition.selectionSet, document, variables);
      }
    }
  }
}

/**
 * The variable that carries `after` and nothing else. It tells subscribers apart that otherwise ask the same, so
 * groups are formed without it.
 */
export function resumeVariable(field: FieldNode, document: DocumentNode): string | undefined {
  const value = field.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    Variable(variable) {
      if (variable.name.value === name) uses++;
    },
  });
  // Once where it is declared and once here.
  return uses === 2 ? name : undefined;
}
