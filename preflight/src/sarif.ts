import { rules } from "./rules.ts";
import type { Finding } from "./rule.ts";
import { serverRules } from "./server-rules.ts";

/** Where a result is shown when no template is known: a chart always has this file. */
const fallback = "Chart.yaml";

const all = [
  ...rules.map(({ id, about, fixed }) => ({
    id,
    about,
    despite:
      fixed === true
        ? "Nobody can deploy in spite of it."
        : `To deploy in spite of an error: keyroll deploy --ignore-preflight ${id}`,
  })),
  ...serverRules,
];

/** A server that is newer than this may find what has no rule here. */
const placeInRules = (rule: string): { readonly ruleIndex?: number } => {
  const ruleIndex = all.findIndex(({ id }) => id === rule);
  return ruleIndex === -1 ? {} : { ruleIndex };
};

/**
 * Findings as SARIF 2.1.0, the form in which code hosts take what a check found. `place` turns the path of a rendered
 * document (`shop/templates/api.yaml`) into one of the repository.
 */
export const sarifOf = (
  findings: readonly Finding[],
  options: { readonly version: string; readonly place: (source: string) => string },
) => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "keyroll preflight",
          semanticVersion: options.version,
          rules: all.map(({ id, about, despite }) => ({
            id,
            shortDescription: { text: about.split(". ")[0]?.replace(/\.?$/u, ".") ?? about },
            fullDescription: { text: about },
            help: { text: `${about} ${despite}` },
          })),
        },
      },
      results: findings.map((finding) => ({
        ruleId: finding.rule,
        ...placeInRules(finding.rule),
        level: finding.severity,
        message: { text: finding.fix === "" ? finding.message : `${finding.message} ${finding.fix}` },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: encodeURI(options.place(finding.source ?? fallback)) },
              region: { startLine: 1 },
            },
            ...(finding.object === null
              ? {}
              : {
                  logicalLocations: [
                    {
                      name: finding.object.name,
                      kind: "resource",
                      fullyQualifiedName: [
                        finding.object.kind,
                        finding.object.name,
                        ...(finding.container === null ? [] : [finding.container]),
                      ].join("/"),
                    },
                  ],
                }),
          },
        ],
        properties: { key: finding.key },
      })),
    },
  ],
});
