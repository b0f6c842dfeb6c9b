/**
 * Keeps calls below a provider's quota: one bucket per account, Region and operation. A bucket fills steadily
 * up to its burst, and each call takes one token out of it.
 */
export interface Pacer {
  /** Resolves when one call may go out, first come first served; rejects when the signal aborts. */
  take(bucket: string, signal?: AbortSignal): Promise<void>;
  /**
   * The provider throttled a call: the bucket is empty and slower for a while. Calls that leave together are
   * throttled together, so what is told within the same second counts once.
   */
  throttled(bucket: string): void;
}
