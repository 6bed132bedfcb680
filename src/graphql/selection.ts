import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql';

type Scope = Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>;

/** True when the field that resolves now selects `path`, such as `['items', '_deleted']`, through fragments too. */
export function selects(info: GraphQLResolveInfo, path: readonly string[]): boolean {
  return info.fieldNodes.some((node) => selectsIn(node.selectionSet, path, info));
}

function selectsIn(set: SelectionSetNode | undefined, path: readonly string[], scope: Scope): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return true;
  for (const field of fieldsOf(set, scope)) {
    if (field.name.value === name && (rest.length === 0 || selectsIn(field.selectionSet, rest, scope)))
      return true;
  }
  return false;
}

/**
 * A stored row cut down to what the document selects of it: what an error may show of a row (`extensions.current`,
 * `data` in AppSync's form). Keys are response keys; what the row lacks is null.
 */
export function projectSelection(
  info: GraphQLResolveInfo,
  row: Readonly<Record<string, unknown>>,
  typename: string,
): Record<string, unknown> {
  const projected: Record<string, unknown> = {};
  for (const node of info.fieldNodes)
    Object.assign(projected, project(node.selectionSet, row, typename, info));
  return projected;
}

function project(
  set: SelectionSetNode | undefined,
  row: Readonly<Record<string, unknown>>,
  typename: string | undefined,
  scope: Scope,
): Record<string, unknown> {
  const projected: Record<string, unknown> = {};
  for (const field of fieldsOf(set, scope)) {
    const key = field.alias?.value ?? field.name.value;
    const value = field.name.value === '__typename' ? typename : row[field.name.value];
    projected[key] = field.selectionSet === undefined ? (value ?? null) : projectNested(field, value, scope);
  }
  return projected;
}

function projectNested(field: FieldNode, value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => projectNested(field, item, scope));
  if (typeof value !== 'object' || value === null) return null;
  return project(field.selectionSet, value as Record<string, unknown>, undefined, scope);
}

function* fieldsOf(set: SelectionSetNode | undefined, scope: Scope): Generator<FieldNode> {
  for (const selection of set?.selections ?? []) {
    if (getDirectiveValues(GraphQLSkipDirective, selection, scope.variableValues)?.['if'] === true) continue;
    if (getDirectiveValues(GraphQLIncludeDirective, selection, scope.variableValues)?.['if'] === false)
      continue;
    if (selection.kind === Kind.FIELD) yield selection;
    else if (selection.kind === Kind.INLINE_FRAGMENT) yield* fieldsOf(selection.selectionSet, scope);
    else yield* fieldsOf(scope.fragments[selection.name.value]?.selectionSet, scope);
  }
}
