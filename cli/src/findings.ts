import { count } from "@keyroll/pairs";
import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Context } from "./context.ts";

type Finding = ReplyOf<Routes["preflight.run"]>["findings"][number];

/** Findings for people: where, what, and how to put it right. */
export const showFindings = (context: Context, findings: readonly Finding[], write: (text: string) => void): void => {
  for (const { severity, object, container, source, message, fix } of findings) {
    const place = [object === null ? null : `${object.kind}/${object.name}`, container, source].filter(
      (one) => one !== null,
    );
    write(`${severity}${place.length === 0 ? "" : ` (${place.join(", ")})`}: ${message}\n`);
    if (fix !== "") write(`    ${fix}\n`);
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  context.say(`Preflight: ${count(errors, "error")}, ${count(warnings, "warning")}.`);
};
