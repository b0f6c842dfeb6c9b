/** How long an AWS client waits, in milliseconds: to connect, and for the whole answer. */
export const patience = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true } as const;

/**
 * What the SDK threw, by its shape: the provider's own name of a refusal, or the system's of a network error, which has
 * no status. Never its text, which may quote what was sent.
 */
export const failureOf = (error: unknown): { readonly reason: string; readonly status: number | null } => {
  const { name, code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  return {
    reason: (name === undefined || name === "Error" ? code : name) ?? "unknown error",
    status: $metadata?.httpStatusCode ?? null,
  };
};
