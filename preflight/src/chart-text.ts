import type { ManifestObject } from "./manifests.ts";

/** The chart's own template files by the path that `# Source:` gives them. */
export type Templates = ReadonlyMap<string, string>;

/** What stands between `{{` and `}}`, without comments. */
const actionsOf = (text: string): string[] =>
  [...text.matchAll(/\{\{-?\s*(?!\/\*)([\s\S]*?)\}\}/gu)].map(([, action = ""]) => action);

const looksUp = /\blookup\s+"v1"\s+"Secret"/u;
/** A digest of a value is not the value. */
const digests = /\b(?:sha(?:1|256|512)sum|adler32sum|bcrypt|htpasswd)\b/u;

/** Whether a template puts out data of a Secret that it looks up; to look whether it is there is another thing. */
const putsOut = (text: string): boolean => {
  /** What may hold a looked-up Secret: variables, and the dot inside of `with`. */
  const holders: RegExp[] = [];
  for (const action of actionsOf(text)) {
    if (digests.test(action)) continue;
    if (!looksUp.test(action)) {
      const isQuestion = /^\s*(?:if|else|end|with)\b/u.test(action);
      if (!isQuestion && holders.some((holder) => holder.test(action))) return true;
      continue;
    }
    if (/\.data\b|\b(?:index|get|dig|toYaml|toJson)\b/u.test(action)) return true;
    const name = /\$(\w+)\s*:?=/u.exec(action)?.[1];
    if (name !== undefined) holders.push(new RegExp(`\\$${name}\\.data\\b`, "u"));
    if (/^\s*(?:with|range)\b/u.test(action)) holders.push(/(?:^|[\s(])\.data\b/u);
  }
  return false;
};

/** Named templates of every file: `{{ define "name" }} … {{ end }}`, cut where the next one begins. */
const definitionsOf = (templates: Templates): Map<string, string> => {
  const found = new Map<string, string>();
  for (const text of templates.values())
    for (const part of text.split(/(?=\{\{-?\s*define\s+")/u)) {
      const name = /^\{\{-?\s*define\s+"([^"]+)"/u.exec(part)?.[1];
      if (name !== undefined) found.set(name, part);
    }
  return found;
};

/** Named templates that a text puts out as they are; what is hashed does not come out. */
const includesOf = (text: string): string[] =>
  actionsOf(text).flatMap((action) =>
    digests.test(action)
      ? []
      : [...action.matchAll(/\b(?:include|template)\s+"([^"]+)"/gu)].map(([, name = ""]) => name),
  );

/**
 * Template files that put out data of a looked-up Secret, themselves or through named templates. Told by their text:
 * a value is never compared, and a file that is not known is not judged.
 */
export const copyingFiles = (templates: Templates): ReadonlySet<string> => {
  if (![...templates.values()].some((text) => looksUp.test(text))) return new Set();
  const definitions = definitionsOf(templates);
  const copying = new Set([...definitions].filter(([, text]) => putsOut(text)).map(([name]) => name));
  for (let grew = true; grew;) {
    grew = false;
    for (const [name, text] of definitions) {
      if (copying.has(name) || !includesOf(text).some((one) => copying.has(one))) continue;
      copying.add(name);
      grew = true;
    }
  }
  const withoutDefinitions = (text: string): string => text.replaceAll(/\{\{-?\s*define\s+"[\s\S]*$/gu, "");
  return new Set(
    [...templates]
      .filter(([, text]) => {
        const body = withoutDefinitions(text);
        return putsOut(body) || includesOf(body).some((name) => copying.has(name));
      })
      .map(([path]) => path),
  );
};

/** Whether any template asks the cluster: what it answers is missing in a render without one. */
export const asksCluster = (templates: Templates | undefined): boolean =>
  templates !== undefined && [...templates.values()].some((text) => /\blookup\s+"/u.test(text));

/** Whether the template that an object came from says this in one of its actions; null: its text is not known. */
export const templateSays = (
  object: ManifestObject,
  templates: Templates | undefined,
  pattern: RegExp,
): boolean | null => {
  const text = object.source === null ? undefined : templates?.get(object.source);
  return text === undefined ? null : actionsOf(text).some((action) => pattern.test(action));
};
