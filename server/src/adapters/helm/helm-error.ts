import { KeyrollError } from "@keyroll/contract/errors";
import { isWebhookAway, webhookAway } from "../kubernetes/answers.ts";

/** Long runs of base64 may be values, and an invalid object holds all of its own: Helm's words are kept, those are not. */
const scrub = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(level=|WARNING:|W\d{4}|I\d{4})/u.test(line))
    .join(" ")
    .replaceAll(/(?<=Invalid value: )[\w.]*\{.*\}(?=: )/gu, "…")
    .replaceAll(/[A-Za-z0-9+/]{40,}={0,2}/gu, "…")
    .replace(/^Error:\s*/u, "")
    .slice(0, 900);

/** An end of file is one of the connection only behind an address: templates that are not whole end with the same words. */
const isUnreachable =
  /connection (?:refused|reset by peer)|no such host|no route to host|network is unreachable|TLS handshake timeout|i\/o timeout|context deadline exceeded|kubernetes cluster unreachable|"https?:[^"]*": (?:unexpected )?EOF/iu;

/** Helm's failure in Helm's own words, with what to do next where it is known. */
export const helmError = (stderr: string, doing: string): KeyrollError => {
  const said = scrub(stderr);
  const message = `Helm could not ${doing}: ${said === "" ? "it said nothing" : said}`;
  if (/another operation \(install\/upgrade\/rollback\) is in progress/u.test(said)) {
    return new KeyrollError("in_use", message, {
      next: "Somebody else's Helm is at work on this release, or died in it; `helm rollback` unlocks it.",
    });
  }
  if (isWebhookAway(said)) return webhookAway(message);
  if (isUnreachable.test(said)) return new KeyrollError("provider_unreachable", message);
  if (/(forbidden|Unauthorized|must be logged in)/iu.test(said)) return new KeyrollError("provider_denied", message);
  if (/invalid ownership metadata|cannot be imported into the current release/u.test(said)) {
    return new KeyrollError("invalid", message, {
      next: "The named object exists and belongs to somebody else: take it out of the chart, or hand it over to the release.",
    });
  }
  if (/conflicts? with "/u.test(said)) {
    return new KeyrollError("invalid", message, {
      next: "Another manager owns that field (an autoscaler, a kubectl edit): take the field out of the chart, or deploy with --force-conflicts to take it.",
    });
  }
  return new KeyrollError("invalid", message, {
    next: "Correct the chart or its values; `helm template` shows the same.",
  });
};
