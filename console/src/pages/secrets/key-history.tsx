import { useQuery } from "@tanstack/react-query";
import { client, keys } from "../../client.ts";
import { sizeAndLines } from "../../drafts/value-notes.ts";
import { useWho } from "../../who.ts";
import { Ago } from "../../ui/ago.tsx";
import { Problem } from "../../ui/problem.tsx";
import { usePlace } from "./place.ts";

/** The changes of one key, newest first; also of one that is removed. */
export const useKeyHistory = (keyName: string, isWanted = true) => {
  const { app, env } = usePlace();
  return useQuery({
    queryKey: keys.part(app, env, "key-history", keyName),
    queryFn: async () =>
      await client.call("secrets.history", { params: { app, env, key: keyName }, query: { limit: 50 } }),
    enabled: isWanted,
  });
};

/** Who changed a key, when, and why. */
export const KeyHistory = ({ keyName }: { readonly keyName: string }) => {
  const history = useKeyHistory(keyName);
  const who = useWho();
  return (
    <div>
      <h3>History</h3>
      {history.error === null ? null : <Problem error={history.error} retry={() => void history.refetch()} />}
      <ol className="plain-list" aria-busy={history.isPending}>
        {(history.data?.items ?? []).map((change) => (
          <li key={change.revision} className="dots">
            <span>
              {change.revision}: {change.op}
              {change.op === "removed" ? "" : `, ${sizeAndLines(change)}`}
            </span>
            <span>{who(change.author)}</span>
            <Ago at={change.at} />
            {change.retiresOld ? <span>the old value no longer works</span> : null}
            {change.restoredFrom === null ? null : <span>as in {change.restoredFrom}</span>}
            {change.message === null ? null : <span className="quiet">{change.message}</span>}
          </li>
        ))}
      </ol>
      {(history.data?.next ?? null) === null ? null : (
        <p className="quiet small">Older changes are in the history of the environment.</p>
      )}
    </div>
  );
};
