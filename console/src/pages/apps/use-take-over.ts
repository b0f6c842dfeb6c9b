import { takeOver, takePath, type PathDifference, type Plan, type Wanted } from "@keyroll/sdk/take-over";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, keys, type Environment } from "../../client.ts";
import { to } from "../../paths.ts";
import { say } from "../../ui/toast.tsx";
import { chartBody, type ChartFile } from "./chart-files.ts";
import type { ComparedPath } from "./take-over-path.tsx";

interface Given {
  readonly app: string;
  readonly name: string;
  readonly wanted: Wanted & { readonly kind: Environment["kind"] };
  readonly chart: readonly ChartFile[];
}

const differs = (path: PathDifference): boolean => path.differing.length > 0;

/** Makes all of it, one thing after the other; what was refused half way goes on when it is asked for again. */
export const useTakeOver = ({ app, name, wanted, chart }: Given) => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [done, setDone] = useState<readonly string[]>([]);
  const place = { app, env: name };
  const taking = useMutation({
    mutationFn: async ({ plan, path }: { readonly plan: Plan; readonly path: ComparedPath | null }) => {
      setDone([]);
      const given = {
        client,
        place,
        plan,
        wanted,
        chart: async () => (chart.length === 0 ? null : await chartBody(chart)),
        say: (line: string) => setDone((before) => [...before, line]),
        lasting: async <T>(run: (follow: object) => Promise<T>) => await run({}),
      };
      const number = await takeOver(given);
      const revision = path === null || !differs(path.difference) ? null : await takePath(given, path.from);
      return { number, revision };
    },
    onSuccess: async ({ number, revision }) => {
      say(
        revision === null
          ? "Taken over; no pod restarts."
          : `Taken over; no pod restarts. What differs is saved as revision ${revision}, not deployed.`,
      );
      await navigate(number === null ? to.environment(app, name) : to.deployment(app, name, number));
    },
    onSettled: async () =>
      await Promise.all(
        [keys.environments(app), keys.environment(app, name), keys.releases(app), keys.apps, keys.fleet].map(
          async (queryKey) => await queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
  return { ...taking, done };
};
