/**
 * Tells all who share it that something happened. Messages are hints: one may be lost while the connection is away, none is kept, and
 * whoever relies on them must be right without.
 */
export interface Bus {
  /** Never throws and never waits. Every subscriber gets it, those of the sender too, never before this returns. */
  publish(topic: string, message: string): void;
  /** Answers how to unsubscribe. What the listener throws is logged. */
  subscribe(topic: string, listener: (message: string) => void): () => void;
  /** Called when the connection is whole again: messages may have been missed, so that what they told of must be read anew. */
  onReconnect(listener: () => void): void;
  /** Whether messages of others arrive at the moment. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}
