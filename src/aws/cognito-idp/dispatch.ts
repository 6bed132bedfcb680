import { parseJson, isObject } from '../../base/json.ts';
import type { Log } from '../../base/log.ts';
import { preflight } from '../cors.ts';
import type { AwsRequest, AwsResponse } from '../http.ts';
import { errorResponse, successResponse, WireError } from './errors.ts';
import type { Operation } from './operation.ts';

const PREFIX = 'AWSCognitoIdentityProviderService.';

/** The wire of user pools: `POST /` with an `X-Amz-Target`. */
export interface CognitoIdp {
  /** True for a value of `X-Amz-Target` that belongs here, known operation or not. */
  handles(target: string): boolean;
  /** Never rejects: what goes wrong is an answer. Also answers the browser's OPTIONS. */
  handle(request: AwsRequest): Promise<AwsResponse>;
}

export interface DispatchOptions {
  readonly operations: readonly Operation[];
  /** Throws WireError unless the request carries a good signature of the owner. */
  readonly requireOwner: (request: AwsRequest) => void;
  readonly log: Log;
}

export function createDispatcher({ operations, requireOwner, log }: DispatchOptions): CognitoIdp {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));

  async function answer(request: AwsRequest, name: string): Promise<AwsResponse> {
    const operation = byName.get(name);
    if (operation === undefined) {
      const shown = /^\w{1,64}$/.test(name) ? ` ${name}` : '';
      throw new WireError('UnknownOperationException', `Unknown operation${shown}`);
    }
    if (operation.access === 'signed') requireOwner(request);
    return successResponse(await operation.handle(bodyOf(request)));
  }

  return {
    handles: (target) => target.startsWith(PREFIX),
    async handle(request) {
      if (request.method === 'OPTIONS') return preflight(request);
      const target = request.headers['x-amz-target'] ?? '';
      const name = target.startsWith(PREFIX) ? target.slice(PREFIX.length) : '';
      try {
        return await answer(request, name);
      } catch (error) {
        return errorResponse(error, log, name);
      }
    },
  };
}

/** The JSON object of the body; an empty body is an empty object, as clients of operations without input send. */
function bodyOf(request: AwsRequest): unknown {
  if (request.body.length === 0) return {};
  const body = parseJson(request.body.toString('utf8'));
  if (isObject(body)) return body;
  throw new WireError(
    'SerializationException',
    body === undefined ? 'The request body is not valid JSON' : 'The request body is not a JSON object',
  );
}
