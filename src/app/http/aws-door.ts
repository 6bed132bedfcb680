import type { AwsRequest, AwsResponse } from '../../aws/http.ts';
import { CORS_HEADERS, preflight } from '../../aws/cors.ts';
import { uuid } from '../../base/ids.ts';

/** One of AWS's services on `POST /`. */
export interface AwsService {
  /** Whether a value of `X-Amz-Target` is this service's. */
  handles(target: string): boolean;
  handle(request: AwsRequest): Promise<AwsResponse>;
}

/**
 * `POST /`: which service is meant stands in `X-Amz-Target`, of STS and IAM in the form's `Action`. What is not served
 * is answered as AWS would.
 */
export function awsDoor(services: readonly AwsService[]): (request: AwsRequest) => Promise<AwsResponse> {
  return async (request) => {
    if (request.method === 'OPTIONS') return preflight(request);
    const target = request.headers['x-amz-target'];
    const service = target === undefined ? undefined : services.find((one) => one.handles(target));
    if (service !== undefined) return service.handle(request);
    if (target !== undefined)
      return refuse('UnknownOperationException', `The operation ${target.slice(0, 100)} is not served here.`);
    const action = actionOf(request);
    return action === undefined
      ? refuse('MissingActionException', 'Name the operation in the header X-Amz-Target.')
      : refuseForm(`The action ${action} is not served here.`);
  };
}

/** The operation of a query-protocol form. */
function actionOf({ headers, body }: AwsRequest): string | undefined {
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) return undefined;
  const [, action] = /(?:^|&)Action=(\w{1,100})(?:&|$)/.exec(body.toString('latin1')) ?? [];
  return action;
}

/** The query protocol speaks XML. */
function refuseForm(message: string): AwsResponse {
  const requestId = uuid();
  return {
    status: 400,
    headers: { ...CORS_HEADERS, 'content-type': 'text/xml', 'x-amzn-RequestId': requestId },
    body:
      '<ErrorResponse><Error><Type>Sender</Type><Code>UnknownOperationException</Code>' +
      `<Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

function refuse(type: string, message: string): AwsResponse {
  return {
    status: 400,
    headers: {
      ...CORS_HEADERS,
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-RequestId': uuid(),
      'x-amzn-ErrorType': `${type}:`,
    },
    body: JSON.stringify({ __type: type, message }),
  };
}
