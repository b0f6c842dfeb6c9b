/**
 * Says that something was committed, by this server or another. A hint, never data: who hears it looks at the rows,
 * and who must not miss one also looks on a timer, because a connection that hears can be lost.
 */
export interface Changes {
  /**
   * Calls `hear` soon after each commit that touched one of the topics: `journal:<environment id>` (a new line),
   * `access` (a session or token ended, a member changed). Returns how to stop.
   */
  watch(topics: readonly string[], hear: (topic: string) => void): () => void;
}
