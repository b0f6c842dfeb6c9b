import type { Progress } from "@keyroll/sdk";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { KeyrollError } from "@keyroll/contract/errors";
import { ApiError } from "@keyroll/sdk";
import { client, isWorthRepeating, keys } from "../../client.ts";
import { savedKeys, type Drafts, type SavedKeys } from "../../drafts/draft.ts";
import { say } from "../../ui/toast.tsx";
import { sayLeftUndone } from "./left-undone.ts";
import { usePlace } from "./place.ts";
import { hideAll } from "./reveal.ts";
import { conflictingKeys, isUnknown, newAttempt, saveDrafts } from "./save.ts";

type State = "idle" | "saving" | "deploying";

const mergedWith = (revision: number): KeyrollError =>
  new KeyrollError(
    "confirmation_required",
    `It was merged with revision ${revision} of somebody else, who saved meanwhile.`,
    {
      next: "Look at what is not live, then deploy: their keys go along.",
    },
  );

/** Whether no answer came at all. */
const wasLost = (error: unknown): boolean => isWorthRepeating(error) && !(error instanceof ApiError);

/** Saving, and saving with a deployment, of the drafts that the review shows. */
export const useSave = (saved: SavedKeys, onSaved: () => void) => {
  const { app, env, drafts } = usePlace();
  const queries = useQueryClient();
  const [state, setState] = useState<State>("idle");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [error, setError] = useState<unknown>(null);
  /** What was saved, when the deployment that should follow was refused. */
  const [outcome, setOutcome] = useState<string | null>(null);
  /** The same drafts keep their attempt, so that pressing twice after a lost answer saves once. */
  const attempt = useRef<{
    readonly of: Drafts;
    readonly message: string;
    readonly purges: boolean;
    readonly name: string;
  } | null>(null);

  /** The last answer did not come: what is new in the list may be one's own, so it waits until the review is closed. */
  const isLost = useRef(false);
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
      if (isLost.current) drafts.settle(null);
    };
  }, [drafts]);

  const readList = async (): Promise<SavedKeys> => {
    const queryKey = keys.part(app, env, "secrets");
    const list = await client.call("secrets.list", { params: { app, env } });
    queries.setQueryData(queryKey, list);
    return savedKeys(list);
  };

  const run = async (message: string, deploys: boolean, purges = false): Promise<void> => {
    const now = drafts.send();
    isLost.current = false;
    if (attempt.current?.of !== now || attempt.current.message !== message || attempt.current.purges !== purges)
      attempt.current = { of: now, message, purges, name: newAttempt() };
    setState("saving");
    setError(null);
    try {
      const reply = await saveDrafts({
        app,
        env,
        drafts: now,
        saved,
        message,
        purges,
        attempt: attempt.current.name,
        onProgress: setProgress,
      });
      // What was saved must not be taken for somebody else's when the newer list arrives.
      drafts.settle(reply.revision);
      hideAll();
      const what = reply.changed
        ? `Saved as revision ${reply.revision}, ${reply.verified ? "verified" : "not verified"}.`
        : "Saved; no value differs, so there is no new revision.";
      sayLeftUndone(reply);
      await readList().catch(() => undefined);
      if (reply.mergedWith !== null) say(`${what} It was merged with revision ${reply.mergedWith} of somebody else.`);
      else if (!deploys && reply.deployment === null) say(what);
      if (deploys && reply.deployment === null) {
        setOutcome(what);
        // Nobody has seen what they saved: it goes along when it is asked for.
        if (reply.mergedWith !== null) throw mergedWith(reply.mergedWith);
        await deploy(what);
      } else if (reply.deployment !== null) say(`${what} A deployment has begun.`);
      onSaved();
      // What opened the review, and would get the focus back, is gone with the drafts.
      setTimeout(() => {
        const heading = document.querySelector("[data-heading]");
        if (document.activeElement === document.body && heading instanceof HTMLElement)
          heading.focus({ preventScroll: true });
      });
    } catch (thrown) {
      const named = conflictingKeys(thrown);
      // After a lost answer the next attempt is the same one; a refusal has left its name free.
      if (isUnknown(thrown)) attempt.current = null;
      isLost.current = isOpen.current && wasLost(thrown);
      if (!isLost.current) drafts.settle(null);
      if (named === null) setError(thrown);
      else await readList().then((list) => drafts.rebase(list, named), setError);
    } finally {
      setState("idle");
      setProgress(null);
      await queries.invalidateQueries({ queryKey: keys.environment(app, env) });
    }
  };

  const deploy = async (what: string): Promise<void> => {
    setState("deploying");
    const { deployment } = await client.call("deployments.request", { params: { app, env }, body: {} });
    say(`${what} Deployment ${deployment.number} has begun.`);
  };

  return { state, progress, error, outcome, run };
};
