import type { AwsRequest, AwsResponse } from './http.ts';

/** Browsers read these of an answer. SDKs correct a wrong clock by `Date`. */
const EXPOSED = 'x-amzn-RequestId, x-amzn-ErrorType, x-amzn-ErrorMessage, Date';

/** On every answer of an AWS door: any origin, no cookies. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
};

/** What clients of today send, for a preflight that names nothing. */
const USUAL_HEADERS = [
  'content-type',
  'x-amz-target',
  'x-amz-user-agent',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'authorization',
  'cache-control',
].join(', ');

/** Header names and blanks between them; anything else is not echoed. */
const HEADER_LIST = /^[\w!#$%&'*+.^`|~, -]{1,2000}$/;

/** The answer to a browser's OPTIONS: it allows the headers that were asked for. */
export function preflight(request: AwsRequest): AwsResponse {
  const asked = request.headers['access-control-request-headers'];
  return {
    status: 204,
    headers: {
      ...CORS_HEADERS,
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': asked !== undefined && HEADER_LIST.test(asked) ? asked : USUAL_HEADERS,
      'access-control-max-age': '86400',
    },
    body: '',
  };
}
