import { createHash } from 'node:crypto';
import type { Sealer } from '../../auth/sealing.ts';
import { actorOf, type Caller } from '../../auth/caller.ts';
import { RockpoolError } from '../../base/errors.ts';
import { canonicalJson, isObject, type Json, type JsonObject } from '../../base/json.ts';
import type { FilterInput } from '../filter/filter.ts';

/** What a page belongs to: its token is good for the same question of the same caller alone. */
export interface Question {
  readonly field: 'list' | 'sync';
  readonly model: string;
  readonly caller: Caller;
  readonly filter: FilterInput | undefined;
}

export interface PageTokens {
  /** A token that says where the next page begins. Good on every node, until the keys are changed. */
  write(question: Question, place: JsonObject): string;
  /** Throws INVALID_PAGE_TOKEN. */
  read(question: Question, token: string): JsonObject;
}

export function createPageTokens(sealer: Pick<Sealer, 'signToken' | 'openToken'>): PageTokens {
  return {
    write: (question, place) => sealer.signToken([identify(question), place], PURPOSE),
    read(question, token) {
      const opened: Json | undefined = sealer.openToken(token, PURPOSE);
      const [asked, place] = Array.isArray(opened) ? (opened as Json[]) : [];
      if (asked === identify(question) && isObject(place)) return place as JsonObject;
      throw new RockpoolError(
        'INVALID_PAGE_TOKEN',
        'nextToken is not of this question: send the one that the last page of the same field and filter brought, unchanged.',
      );
    },
  };
}

const PURPOSE = 'page of a model';

function identify({ field, model, caller, filter }: Question): string {
  return createHash('sha256')
    .update(canonicalJson([field, model, actorOf(caller), filter ?? null]))
    .digest('base64url')
    .slice(0, 22);
}
