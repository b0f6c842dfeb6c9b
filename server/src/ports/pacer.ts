/** Keeps calls below a provider's quota: one bucket per account, Region and operation. */
export interface Pacer {
  /** Resolves when one call may go out; rejects when the signal aborts. */
  take(bucket: string, signal?: AbortSignal): Promise<void>;
  /** The provider throttled a call: the bucket slows down. */
  throttled(bucket: string): void;
}
