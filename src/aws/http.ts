/** A request as the AWS wires see it, whatever server took it in. */
export interface AwsRequest {
  readonly method: string;
  /** As it came, not decoded: signatures cover the raw text. */
  readonly path: string;
  /** Without the question mark, as it came; empty when there is none. */
  readonly query: string;
  /** Names in lower case; repeated headers joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly remoteAddress?: string;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
