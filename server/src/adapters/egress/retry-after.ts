/**
 * Seconds that a provider asks to wait with `Retry-After`, as a number or as a date; 0: it says nothing that can be read.
 * @param now the provider's own time, which its date is meant by. Epoch milliseconds.
 */
export const retryAfter = (header: string | readonly string[] | undefined, now: number): number => {
  const text = ((typeof header === "string" ? header : header?.[0]) ?? "").trim();
  if (/^\d{1,9}(\.\d+)?$/u.test(text)) return Number(text);
  const end = /[a-z]/iu.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(end) ? 0 : Math.max(0, Math.ceil((end - now) / 1000));
};
