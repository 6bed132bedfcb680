import {
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import type { Caller } from '../../auth/caller.ts';
import { badInput, type RockpoolError } from '../../base/errors.ts';
import { checkName } from '../../datasets/validate.ts';
import type { Entry } from '../../feed/journal.ts';
import { canonicalJson, isObject } from '../../base/json.ts';
import { parseFilter } from '../../models/filter/parse.ts';
import type { Model, Schema } from '../../models/model.ts';
import { grantsFor, notAuthorized } from '../../models/rules.ts';
import { rootFieldNames } from '../../models/sdl/names.ts';
import { datasetSource } from './dataset-source.ts';
import type { Operation } from './documents.ts';
import type { LiveSource } from './live-source.ts';
import { changeSource, standardSource, type View } from './model-source.ts';
import { eventPayload, resyncPayload } from './payload.ts';
import { RefusedRequest } from './refused-request.ts';
import { resumeVariable, rootFieldOf } from './root-field.ts';

/** What a client asks to hear, as it came. */
export interface LiveRequest {
  readonly operation: Operation;
  readonly variables: Readonly<Record<string, unknown>>;
  /** `extensions.after`, of any type; goes before the argument of that name. */
  readonly after: unknown;
}

/** One subscription with the rights of one caller. Those with the same key hear the same, and share it. */
export interface Binding {
  readonly key: string;
  readonly source: LiveSource;
  /** The position to resume from, as the client gave it. */
  readonly after: string | undefined;
  /** `{"data":…,"extensions":{"position":…}}`, or undefined where the entry is not for the subscriber. */
  event(entry: Entry, position: string): string | undefined;
  resync(position: string): string;
  /** The same question with the rights of another moment. Throws as `bind` does. */
  rebind(caller: Caller): Promise<Binding>;
}

export interface LiveBinder {
  /** Throws RefusedRequest, or FORBIDDEN, BAD_USER_INPUT, UNAVAILABLE. */
  bind(request: LiveRequest, caller: Caller): Promise<Binding>;
}

export interface LiveBinderParts {
  readonly schema: GraphQLSchema;
  readonly models: Schema;
  /** The identity of a caller in the default identity pool; FORBIDDEN for callers without one. */
  readonly identityOf: (caller: Caller) => Promise<string>;
}

interface Field {
  readonly name: string;
  readonly definition: GraphQLField<unknown, unknown>;
  /** What the field's arguments and the caller's rights make of it. */
  source(args: Arguments, caller: Caller): Promise<Sourced>;
}

interface Sourced {
  readonly source: LiveSource;
  /** What of the rights the payload depends on. */
  readonly rights: unknown;
}

/** A subscription keeps them for as long as it lives. */
const LONGEST_VARIABLES = 64 * 1024;

type Arguments = Readonly<Record<string, unknown>>;

/** Binds subscriptions: whether the caller may listen, to what, and who else hears the same. */
export function createLiveBinder(parts: LiveBinderParts): LiveBinder {
  const { schema } = parts;
  const fields = liveFields(parts);
  const resumeVariables = new WeakMap<FieldNode, string | null>();

  async function bind(request: LiveRequest, caller: Caller): Promise<Binding> {
    const { operation, variables } = request;
    operation.validate();
    const coerced = coerceVariables(schema, request);
    const node = rootFieldOf(operation, coerced);
    const field = fields.get(node.name.value);
    if (field === undefined) throw new Error(`Nothing is bound to the subscription ${node.name.value}.`);
    const args = coerceArguments(field.definition, node, coerced);
    const after = afterOf(request.after, args['after']);
    const { source, rights } = await field.source(args, caller);

    let resume = resumeVariables.get(node);
    if (resume === undefined)
      resumeVariables.set(node, (resume = resumeVariable(node, operation.document) ?? null));
    // Those of the first of a group serve all of it: what tells them apart is not in the payload.
    const shared = declaredVariables(operation, variables);
    const { [resume ?? '']: _, ...asked } = shared;
    if (JSON.stringify(shared).length > LONGEST_VARIABLES) throw tooLong();
    const selection = operation.selection();
    const responseKey = node.alias?.value ?? node.name.value;
    return {
      key: [
        caller.kind,
        canonicalJson(rights),
        canonicalJson(asked),
        operation.name ?? '',
        operation.text,
      ].join('\n'),
      source,
      after,
      event(entry, position) {
        const value = source.project(entry, position);
        return value === undefined
          ? undefined
          : eventPayload(selection.run({ [field.name]: value }, coerced), position);
      },
      resync(position) {
        const value = source.resync(position);
        return value === undefined
          ? resyncPayload(responseKey, position)
          : eventPayload(selection.run({ [field.name]: value }, coerced), position);
      },
      rebind: (now) => bind({ operation, variables: shared, after: undefined }, now),
    };
  }

  return { bind };
}

function liveFields(parts: LiveBinderParts): ReadonlyMap<string, Field> {
  const { schema, models } = parts;
  const fields = new Map<string, Field>();
  const type = schema.getSubscriptionType();
  const definitions = isObjectType(type) ? type.getFields() : {};
  const add = (name: string, source: Field['source']): void => {
    const definition = definitions[name];
    if (definition !== undefined) fields.set(name, { name, definition, source });
  };

  add('datasetChanged', async (args, caller) => {
    const identity = await parts.identityOf(caller);
    const name = text(args['name']);
    if (name !== undefined) checkName(name, 'name');
    return { source: datasetSource(identity, name), rights: identity };
  });
  for (const model of models.models) {
    const names = rootFieldNames(model);
    const addModel = (name: string, make: (view: View, args: Arguments) => LiveSource): void => {
      add(name, async (args, caller) => {
        const view = viewOf(model, name, args, caller);
        return { source: make(view, args), rights: [mentionedGroups(model, caller), view.grant] };
      });
    };
    addModel(names.onChange, (view) => changeSource(view));
    addModel(names.onCreate, (view, args) => standardSource(view, 'create', args));
    addModel(names.onUpdate, (view, args) => standardSource(view, 'update', args));
    addModel(names.onDelete, (view, args) => standardSource(view, 'delete', args));
  }
  return fields;
}

function viewOf(model: Model, field: string, args: Arguments, caller: Caller): View {
  const grant = grantsFor(model, caller, 'listen');
  if (grant.kind === 'none') throw notAuthorized(field, 'Subscription');
  const { filter } = args;
  return { model, grant, filter: isObject(filter) ? parseFilter(model, filter, 'filter') : undefined };
}

/** The caller's groups that the rules of the model speak of: others make no difference. */
function mentionedGroups(model: Model, caller: Caller): readonly string[] {
  if (caller.kind !== 'user') return [];
  const mentioned = new Set<string>();
  for (const rule of model.rules)
    if (rule.allow === 'groups') for (const group of rule.groups) mentioned.add(group);
  return caller.groups.filter((group) => mentioned.has(group));
}

function coerceVariables(schema: GraphQLSchema, { operation, variables }: LiveRequest): Arguments {
  assertShallow(variables);
  const result = getVariableValues(schema, operation.node.variableDefinitions ?? [], variables, {
    maxErrors: 20,
  });
  if (result.errors !== undefined) throw new RefusedRequest(result.errors, 'BAD_USER_INPUT');
  return result.coerced;
}

function coerceArguments(
  definition: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Arguments,
): Arguments {
  try {
    return getArgumentValues(definition, node, variables);
  } catch (error) {
    if (error instanceof GraphQLError) throw new RefusedRequest([error], 'BAD_USER_INPUT');
    if (error instanceof RangeError) throw badInput('filter', 'filter is nested too deep.');
    throw error;
  }
}

function tooLong(): RockpoolError {
  return badInput(
    'variables',
    `The variables of a subscription have at most ${LONGEST_VARIABLES} characters.`,
  );
}

/** Deeper than any input type needs, and shallow enough for what walks variables by recursion. */
const DEEPEST = 64;

function assertShallow(value: unknown, levels = DEEPEST): void {
  if (typeof value !== 'object' || value === null) return;
  if (levels === 0) throw badInput('variables', `The variables are nested more than ${DEEPEST} levels deep.`);
  for (const member of Object.values(value)) assertShallow(member, levels - 1);
}

/** Only what the operation declares: clients send more. */
function declaredVariables({ node }: Operation, variables: Arguments): Arguments {
  const declared: Record<string, unknown> = {};
  for (const { variable } of node.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (variables[name] !== undefined) declared[name] = variables[name];
  }
  return declared;
}

function afterOf(extension: unknown, argument: unknown): string | undefined {
  const after = extension ?? argument ?? undefined;
  if (after === undefined || typeof after === 'string') return after;
  throw badInput(
    'extensions.after',
    '`extensions.after` must be a position: the text of an earlier `extensions.position`.',
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
