/** A request as it came on the wire: signatures cover the text itself, nothing may be decoded before. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /**
   * Names in lower case. A header that came more than once as a list: joined ones cannot be told from one header
   * with a comma (Node's `headersDistinct` keeps them apart).
   */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}
