import { Facts } from "../../ui/facts.tsx";
import { Popover } from "../../ui/popover.tsx";
import { proofOf, verdicts, type Instance } from "./pods.ts";
import "./pods.css";

interface PodProps {
  readonly instance: Instance;
  /** The letter of its revision; null when that cannot be told. */
  readonly letter: string | null;
}

/** One container: coloured by verdict, lettered by revision; pressed it says how that is known. */
export const Pod = ({ instance, letter }: PodProps) => {
  const { name, container, revision, unchangedSince, verdict, evidence, reason } = instance;
  const [tone, words] = verdicts[verdict];
  const runs = revision === null ? "revision unknown" : `revision ${revision}`;
  return (
    <Popover
      className={`pod ${tone}`}
      trigger={
        <>
          <b>{letter ?? "?"}</b>
          {revision}
          <span className="unseen">
            {" "}
            {name}
            {container === null ? "" : ` ${container}`}: {runs}, {words}
          </span>
        </>
      }
    >
      <Facts
        facts={[
          ["Instance", <code key="name">{name}</code>],
          ["Container", container === null ? null : <code key="container">{container}</code>],
          [
            "Runs",
            unchangedSince === null || unchangedSince === revision
              ? runs
              : `${runs} (its keys unchanged since ${unchangedSince})`,
          ],
          ["Verdict", words],
          ["Why", reason === "" ? null : reason],
          ["Evidence", proofOf(evidence)],
        ]}
      />
    </Popover>
  );
};
