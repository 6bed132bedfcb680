/** The sending end of one socket, as the hub sees it. */
export interface Sink {
  /** False from the moment that the socket closes or a close frame was sent. */
  readonly open: boolean;
  /** True while something that was written waits here. */
  readonly behind: boolean;
  /** True while so much waits that whoever can wait should (`drained`). */
  readonly congested: boolean;
  /** Whole frames. A socket that is too far behind is closed instead (1013). */
  write(chunk: Buffer): void;
  /** Whole frames in several pieces: all of them or none. */
  writeList(chunks: readonly Buffer[]): void;
  /** Everything that `work` writes goes to the kernel in one call. */
  together(work: () => void): void;
  /** When nothing waits to be sent any more, or the socket is closed. */
  drained(): Promise<void>;
  close(code: number, reason: string): void;
}

/** Where the events of one subscription go: a socket, and what its protocol puts before the payload. */
export interface Outlet {
  readonly sink: Sink;
  /** The subscription's id on its socket. */
  readonly id: string;
  /** The message up to the payload; one closing brace follows it. */
  readonly prefix: Buffer;
}

/** A result of one entry, serialised once for a whole group. */
export interface Payload {
  readonly seq: number;
  readonly bytes: Buffer;
}
