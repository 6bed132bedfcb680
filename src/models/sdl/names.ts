import pluralize from 'pluralize';

/** Postgres cuts longer names off. */
export const MAX_NAME_BYTES = 63;

/** `createdAt` → `created_at`, `HTMLBody` → `html_body`. Two names may meet here: the caller looks for clashes. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}

/** As Amplify's clients form it, with the type's capitals: `Company` → `Companies`, `A` → `AS`. */
export function pluralOf(typeName: string): string {
  return pluralize(typeName);
}

/** The root fields of a model, as clients expect them (spec/appsync.md 3.1), and our own `onChange`. */
export interface RootFieldNames {
  readonly get: string;
  readonly list: string;
  readonly sync: string;
  readonly create: string;
  readonly update: string;
  readonly delete: string;
  readonly onCreate: string;
  readonly onUpdate: string;
  readonly onDelete: string;
  readonly onChange: string;
}

export function rootFieldNames(model: { readonly name: string; readonly plural: string }): RootFieldNames {
  const { name, plural } = model;
  return {
    get: `get${name}`,
    list: `list${plural}`,
    sync: `sync${plural}`,
    create: `create${name}`,
    update: `update${name}`,
    delete: `delete${name}`,
    onCreate: `onCreate${name}`,
    onUpdate: `onUpdate${name}`,
    onDelete: `onDelete${name}`,
    onChange: `onChange${name}`,
  };
}

/** The types made for a model beside its own. */
export interface ModelTypeNames {
  readonly connection: string;
  readonly change: string;
  readonly filter: string;
  readonly condition: string;
  readonly subscriptionFilter: string;
  readonly createInput: string;
  readonly updateInput: string;
  readonly deleteInput: string;
}

export function modelTypeNames(name: string): ModelTypeNames {
  return {
    connection: `Model${name}Connection`,
    change: `${name}Change`,
    filter: `Model${name}FilterInput`,
    condition: `Model${name}ConditionInput`,
    subscriptionFilter: `ModelSubscription${name}FilterInput`,
    createInput: `Create${name}Input`,
    updateInput: `Update${name}Input`,
    deleteInput: `Delete${name}Input`,
  };
}

/** The filter inputs of an enum: `list` for fields that are a nullable list of it. */
export function enumFilterNames(name: string): { readonly single: string; readonly list: string } {
  return { single: `Model${name}Input`, list: `Model${name}ListInput` };
}

/** The input of a nested type. */
export function objectInputName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
}
