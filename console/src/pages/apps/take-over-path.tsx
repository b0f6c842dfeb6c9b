import { comparePath, type PathDifference, type Plan, type Wanted, type WantedPath } from "@keyroll/sdk/take-over";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../client.ts";
import { Button } from "../../ui/button.tsx";
import { Checkbox, Field } from "../../ui/field.tsx";
import { Problem, problemOf } from "../../ui/problem.tsx";

/** A path with what it has otherwise than what runs. */
export interface ComparedPath {
  readonly from: WantedPath;
  readonly difference: PathDifference;
}

interface PathProps {
  readonly place: { readonly app: string; readonly env: string };
  readonly plan: Plan;
  readonly wanted: Wanted;
  readonly onPath: (path: ComparedPath | "not compared" | null) => void;
}

/** Where a script made the Secret from parameters: which keys of them differ. The server reads both, and records it. */
export const TakeOverPath = ({ place, plan, wanted, onPath }: PathProps) => {
  const [path, setPath] = useState("");
  const [region, setRegion] = useState("");
  const [shellNames, setShellNames] = useState(false);
  const compare = useMutation({
    mutationFn: async () => {
      const from = { ssmPath: path.trim(), shellNames, ...(region.trim() === "" ? {} : { region: region.trim() }) };
      return { from, difference: await comparePath(client, place, plan, wanted, from) };
    },
    onSuccess: onPath,
  });
  const anew = (next: string, set: () => void): void => {
    set();
    compare.reset();
    onPath(next.trim() === "" ? null : "not compared");
  };
  const fields = ["ssmPath", "region"];
  return (
    <details>
      <summary>Compare with a path of Parameter Store</summary>
      <div className="stack tight">
        <Field
          label="Path"
          hint="What lies directly below it is read. What differs becomes a revision that is not deployed."
          placeholder="/shop/production"
          value={path}
          onChange={(event) => anew(event.target.value, () => setPath(event.target.value))}
          spellCheck={false}
          code
          problem={problemOf(compare.error, "ssmPath")}
        />
        <Field
          label="Region"
          hint="Empty: the store's own."
          value={region}
          onChange={(event) => anew(path, () => setRegion(event.target.value))}
          spellCheck={false}
          code
          problem={problemOf(compare.error, "region")}
        />
        <Checkbox
          label="Take names that no shell can write under shell names: db-url as DB_URL"
          checked={shellNames}
          onChange={(event) => anew(path, () => setShellNames(event.target.checked))}
        />
        {compare.error === null || fields.some((field) => problemOf(compare.error, field) !== null) ? null : (
          <Problem error={compare.error} />
        )}
        <div>
          <Button
            small
            busy={compare.isPending}
            reason={path.trim() === "" ? "Give a path first." : null}
            onClick={() => compare.mutate()}
          >
            Compare
          </Button>
        </div>
      </div>
    </details>
  );
};
