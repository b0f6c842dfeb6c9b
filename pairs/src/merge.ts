/**
 * Whether two change sets made from the same base can both be kept. A key that both touch is an overlap even
 * if both wrote the same value: that they are equal is a secret too.
 */
export const merge = (
  mine: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): { readonly overlap: readonly string[] } => ({
  overlap: [...mine].filter((key) => theirs.has(key)).toSorted(),
});

export interface KeyDifference {
  readonly key: string;
  readonly status: "added" | "changed" | "removed" | "same";
}

/** Two revisions, each as key -> revision in which its value was written; sorted by key. */
export const diffKeys = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): KeyDifference[] =>
  [...new Set([...before.keys(), ...after.keys()])].toSorted().map((key) => {
    if (!before.has(key)) return { key, status: "added" };
    if (!after.has(key)) return { key, status: "removed" };
    return { key, status: before.get(key) === after.get(key) ? "same" : "changed" };
  });
