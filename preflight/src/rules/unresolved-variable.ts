import { nearest } from "@keyroll/pairs";
import { listAt, textAt } from "../manifests.ts";
import { at, fileOf, withContainer, type Place, type Rule, type Subject } from "../rule.ts";
import { isLinkName, serviceLinks, sourcesOf, takesLinks } from "../variables.ts";

/** Names in `$(NAME)`; `$$(NAME)` is meant literally. */
const namesIn = (text: unknown): string[] =>
  typeof text !== "string"
    ? []
    : [...text.matchAll(/\$\$|\$\(([A-Za-z_][-._A-Za-z0-9]*)\)/gu)].flatMap(([, name]) => name ?? []);

interface Use {
  readonly name: string;
  readonly where: string;
  /** Variables that `env` has set by then. */
  readonly set: ReadonlySet<string>;
}

/** Where a container names variables, in the order in which Kubernetes puts them in. */
const usesIn = ({ container }: Place): Use[] => {
  const set = new Set<string>();
  const uses: Use[] = [];
  for (const env of listAt(container, "env")) {
    const name = textAt(env, "name") ?? "";
    for (const used of namesIn(textAt(env, "value")))
      uses.push({ name: used, where: `the value of ${name}`, set: new Set(set) });
    set.add(name);
  }
  for (const list of ["command", "args"])
    for (const text of listAt(container, list)) for (const name of namesIn(text)) uses.push({ name, where: list, set });
  return uses;
};

const isResolved = ({ name, set }: Use, place: Place, subject: Subject): boolean => {
  if (set.has(name) || name.startsWith("KUBERNETES_")) return true;
  const sources = sourcesOf(place, subject);
  if (sources.some((source) => (source.names === null ? name.startsWith(source.prefix) : source.names.has(name))))
    return true;
  if (takesLinks(place) && isLinkName(name)) {
    // A Service outside of the chart may give it, unless it has the name of a key.
    return !subject.keys.has(name) || serviceLinks(subject).some(({ variables }) => variables.has(name));
  }
  // `$(hostname)` is for a shell.
  return !/^[A-Z_][A-Z0-9_]+$/u.test(name) && !subject.keys.has(name);
};

/** Why it is not there, as far as it can be told. */
const reason = (use: Use, place: Place, subject: Subject): { readonly why: string; readonly fix: string } => {
  const { name } = use;
  const variables = listAt(place.container, "env").flatMap((env) => textAt(env, "name") ?? []);
  const file = fileOf(place.object);
  if (variables.includes(name))
    return { why: `is set further down in env`, fix: `In ${file}, move ${name} above the variable that uses it.` };
  const sources = sourcesOf(place, subject);
  const prefixed = sources.find(({ prefix, names }) => prefix !== "" && names?.has(prefix + name) === true);
  if (prefixed !== undefined)
    return {
      why: `is ${prefixed.prefix}${name} here, by the prefix of envFrom`,
      fix: `In ${file}, write $(${prefixed.prefix}${name}).`,
    };
  const near = nearest(name, [...variables, ...sources.flatMap(({ names }) => [...(names ?? [])])]);
  const meant = near === null ? "" : ` Did you mean ${near}?`;
  return {
    why: `is no variable of this container.${meant}`,
    fix: `In ${file}, set ${name} in env first${subject.keys.has(name) ? ` (secretKeyRef, key ${name})` : ""}, or write $$(${name}) when it is meant literally.`,
  };
};

/** `$(NAME)` that Kubernetes leaves as it is, because nothing gives NAME. */
export const unresolvedVariable: Rule = {
  id: "unresolved-variable",
  about:
    "Kubernetes replaces $(NAME) in command, args and the values of env by variables of the container. One that is not there stays literal, without a word.",
  *check(subject) {
    for (const place of subject.places) {
      const seen = new Set<string>();
      for (const use of usesIn(place)) {
        if (isResolved(use, place, subject) || seen.has(`${use.name} ${use.where}`)) continue;
        seen.add(`${use.name} ${use.where}`);
        const { why, fix } = reason(use, place, subject);
        yield {
          ...at(place.object, place.name, subject.keys.has(use.name) ? use.name : null),
          severity: "warning",
          message: `${withContainer(place.object, place.name)}: $(${use.name}) in ${use.where} stays as it is: ${use.name} ${why}${/[.?]$/u.test(why) ? "" : "."}`,
          fix,
        };
      }
    }
  },
};
