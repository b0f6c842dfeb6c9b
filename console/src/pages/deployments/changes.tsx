import type { ReplyOf, Routes } from "@keyroll/contract";
import { Link } from "react-router";
import { to } from "../../paths.ts";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page-head.tsx";
import { useWho } from "../../who.ts";
import "./deployments.css";

type Changes = ReplyOf<Routes["deployments.get"]>["changes"];

const signs = { added: "+", changed: "~", removed: "−" } as const;

interface ChangesProps {
  readonly app: string;
  readonly env: string;
  readonly changes: Changes;
}

const fromTo = (change: { readonly from: string | number | null; readonly to: string | number | null } | null) =>
  change === null ? null : `${change.from ?? "none"} → ${change.to ?? "none"}`;

/** What this deployment changed against what ran before it: release, Helm values, keys. No values. */
export const Changes = ({ app, env, changes }: ChangesProps) => {
  const who = useWho();
  const { release, values, revision, keys } = changes;
  const isSame = release === null && values === null && revision === null && keys.length === 0;
  return (
    <Section title="What changed">
      {isSame ? (
        <p className="quiet">
          {changes.since === null
            ? "Nothing ran before, and it takes nothing."
            : `Nothing beside deployment ${changes.since}, which ran before.`}
        </p>
      ) : null}
      <Facts
        facts={[
          ["Release", fromTo(release)],
          ["Helm values", fromTo(values)],
          ["Secrets, revision", fromTo(revision)],
        ]}
      />
      {keys.length === 0 ? null : (
        <ul className="changed-keys" aria-label="Keys">
          {keys.map(({ key, op, by }) => (
            <li key={key}>
              <span aria-hidden="true">{signs[op]} </span>
              <Link to={to.secrets(app, env, { key })}>
                <code>{key}</code>
              </Link>{" "}
              <span className="quiet">
                {op}
                {by === null ? "" : ` by ${who(by)}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
};
