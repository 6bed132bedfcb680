/**
 * The bus rings: "something changed". It carries nothing else, so a ring that is lost costs a poll interval, never
 * an event. test/contract/bus.ts holds every implementation to this.
 */
export interface Bus {
  /**
   * Called after a commit, as often as one likes: rings are gathered. The listeners of this node hear it at once, those
   * of other nodes within milliseconds. Never throws and never waits.
   */
  ring(): void;
  /** Returns what takes the listener off again. A listener may be called without need. */
  onRing(listener: () => void): () => void;
  /** True while rings of other nodes cannot be heard: whoever depends on them looks more often. */
  readonly polling: boolean;
  /** Afterwards nothing rings any more. */
  close(): Promise<void>;
}
