/**
 * Keeps calls below a provider's quota: one bucket per account, Region and operation. A bucket fills steadily
 * up to its burst, and each call takes one token out of it.
 */
export interface Pacer {
  /**
   * Resolves when one call may go out, first come first served; rejects when the signal aborts, and with the
   * database's error when the bucket lies there and cannot be reached: then no call may go out.
   */
  take(bucket: string, signal?: AbortSignal): Promise<void>;
  /**
   * The provider throttled a call: the bucket is empty and slower for a while. Calls that leave together are
   * throttled together, so what is told within the same second counts once. Rejects as `take` does.
   */
  throttled(bucket: string): Promise<void>;
  /**
   * Milliseconds until so many calls more have gone out, as far as is known here without asking: a guess for people.
   * Others who share the bucket make it longer.
   */
  expects(bucket: string, calls: number): number;
}
