import type { Changes } from "../ports/changes.ts";

/** The end that speaks: what a database connection heard, for everybody in this process. */
export interface ToldChanges extends Changes {
  tell(topic: string): void;
  /** After a gap: every watcher hears each of its topics. */
  tellAll(): void;
}

export const createChanges = (): ToldChanges => {
  const hearers = new Map<string, Set<(topic: string) => void>>();
  const tell = (topic: string): void => {
    for (const hear of hearers.get(topic) ?? []) hear(topic);
  };
  return {
    watch: (topics, hear) => {
      for (const topic of topics) {
        const those = hearers.get(topic) ?? new Set();
        those.add(hear);
        hearers.set(topic, those);
      }
      return () => {
        for (const topic of topics) {
          const those = hearers.get(topic);
          those?.delete(hear);
          if (those?.size === 0) hearers.delete(topic);
        }
      };
    },
    tell,
    tellAll: () => {
      for (const topic of hearers.keys()) tell(topic);
    },
  };
};
