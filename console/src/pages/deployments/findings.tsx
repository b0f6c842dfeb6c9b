import type { ReplyOf, Routes } from "@keyroll/contract";
import { State } from "../../ui/state.tsx";
import { Words } from "../../ui/words.tsx";
import "./deployments.css";

export type Finding = ReplyOf<Routes["preflight.run"]>["findings"][number];

const groups = [
  { severity: "error", title: "Errors", tone: "bad", word: "error" },
  { severity: "warning", title: "Warnings", tone: "warn", word: "warning" },
  { severity: "note", title: "Notes", tone: "plain", word: "note" },
] as const;

const place = ({ object, container, source }: Finding): string =>
  [
    object === null ? null : `${object.kind}/${object.name}`,
    container === null ? null : `container ${container}`,
    source === null ? null : `in ${source}`,
  ]
    .filter((one) => one !== null)
    .join(", ");

const One = ({ finding }: { readonly finding: Finding }) => (
  <li>
    <p>
      <Words text={finding.message} />
    </p>
    <p className="quiet">
      <Words text={finding.fix} />
    </p>
    <p className="quiet small dots">
      {place(finding) === "" ? null : <span>{place(finding)}</span>}
      {finding.key === null ? null : (
        <span>
          key <code>{finding.key}</code>
        </span>
      )}
      <span>
        rule <code>{finding.rule}</code>
      </span>
    </p>
  </li>
);

/** What preflight found, the worst first. Whatever rules there are: they bring their own words. */
export const Findings = ({ findings }: { readonly findings: readonly Finding[] }) => (
  <div className="stack tight">
    {groups.map(({ severity, title, tone, word }) => {
      const some = findings.filter((one) => one.severity === severity);
      return some.length === 0 ? null : (
        <section key={severity} aria-label={title}>
          <h3>
            <State tone={tone}>
              {some.length} {word}
              {some.length === 1 ? "" : "s"}
            </State>
          </h3>
          <ul className="findings">
            {some.map((finding) => (
              <One key={`${finding.rule} ${finding.message} ${place(finding)}`} finding={finding} />
            ))}
          </ul>
        </section>
      );
    })}
  </div>
);
