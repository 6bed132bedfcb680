import type { AwsRequest, AwsResponse } from '../../aws/http.ts';
import { CORS_HEADERS, preflight } from '../../aws/cors.ts';
import { uuid } from '../../base/ids.ts';

/** One of AWS's services on `POST /`. */
export interface AwsService {
  /** Whether a value of `X-Amz-Target` is this service's. */
  handles(target: string): boolean;
  handle(request: AwsRequest): Promise<AwsResponse>;
}

/** `POST /`: which service is meant stands in `X-Amz-Target`. What is not served is answered as AWS would. */
export function awsDoor(services: readonly AwsService[]): (request: AwsRequest) => Promise<AwsResponse> {
  return async (request) => {
    if (request.method === 'OPTIONS') return preflight(request);
    const target = request.headers['x-amz-target'];
    const service = target === undefined ? undefined : services.find((one) => one.handles(target));
    if (service !== undefined) return service.handle(request);
    return target === undefined
      ? refuse('MissingActionException', 'Name the operation in the header X-Amz-Target.')
      : refuse('UnknownOperationException', `The operation ${target.slice(0, 100)} is not served here.`);
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
