import { KeyrollError, errorTable } from "./chunk-4PWUQDZ7.js";
import { createRuns } from "./chunk-PKQF3CQB.js";

// server/src/main.ts
import { randomUUID } from "node:crypto";
import { existsSync as existsSync2 } from "node:fs";
import { mkdir as mkdir3, readdir as readdir3, readFile as readFile8 } from "node:fs/promises";
import { extname, join as join5, relative } from "node:path";
import { fileURLToPath as fileURLToPath3 } from "node:url";

// preflight/src/chart-text.ts
var actionsOf = (text4) => [...text4.matchAll(/\{\{-?\s*(?!\/\*)([\s\S]*?)\}\}/gu)].map(([, action = ""]) => action);
var looksUp = /\blookup\s+"v1"\s+"Secret"/u;
var digests = /\b(?:sha(?:1|256|512)sum|adler32sum|bcrypt|htpasswd)\b/u;
var putsOut = (text4) => {
  const holders = [];
  for (const action of actionsOf(text4)) {
    if (digests.test(action)) continue;
    if (!looksUp.test(action)) {
      const isQuestion = /^\s*(?:if|else|end|with)\b/u.test(action);
      if (!isQuestion && holders.some((holder) => holder.test(action))) return true;
      continue;
    }
    if (/\.data\b|\b(?:index|get|dig|toYaml|toJson)\b/u.test(action)) return true;
    const name3 = /\$(\w+)\s*:?=/u.exec(action)?.[1];
    if (name3 !== void 0) holders.push(new RegExp(`\\$${name3}\\.data\\b`, "u"));
    if (/^\s*(?:with|range)\b/u.test(action)) holders.push(/(?:^|[\s(])\.data\b/u);
  }
  return false;
};
var definitionsOf = (templates) => {
  const found = /* @__PURE__ */ new Map();
  for (const text4 of templates.values())
    for (const part of text4.split(/(?=\{\{-?\s*define\s+")/u)) {
      const name3 = /^\{\{-?\s*define\s+"([^"]+)"/u.exec(part)?.[1];
      if (name3 !== void 0) found.set(name3, part);
    }
  return found;
};
var includesOf = (text4) =>
  actionsOf(text4).flatMap((action) =>
    digests.test(action)
      ? []
      : [...action.matchAll(/\b(?:include|template)\s+"([^"]+)"/gu)].map(([, name3 = ""]) => name3),
  );
var copyingFiles = (templates) => {
  if (![...templates.values()].some((text4) => looksUp.test(text4))) return /* @__PURE__ */ new Set();
  const definitions = definitionsOf(templates);
  const copying = new Set([...definitions].filter(([, text4]) => putsOut(text4)).map(([name3]) => name3));
  for (let grew = true; grew;) {
    grew = false;
    for (const [name3, text4] of definitions) {
      if (copying.has(name3) || !includesOf(text4).some((one) => copying.has(one))) continue;
      copying.add(name3);
      grew = true;
    }
  }
  const withoutDefinitions = (text4) => text4.replaceAll(/\{\{-?\s*define\s+"[\s\S]*$/gu, "");
  return new Set(
    [...templates]
      .filter(([, text4]) => {
        const body = withoutDefinitions(text4);
        return putsOut(body) || includesOf(body).some((name3) => copying.has(name3));
      })
      .map(([path4]) => path4),
  );
};
var asksCluster = (templates) =>
  templates !== void 0 && [...templates.values()].some((text4) => /\blookup\s+"/u.test(text4));
var templateSays = (object, templates, pattern) => {
  const text4 = object.source === null ? void 0 : templates?.get(object.source);
  return text4 === void 0 ? null : actionsOf(text4).some((action) => pattern.test(action));
};

// preflight/src/manifests.ts
import { parseAllDocuments } from "yaml";

// preflight/src/yaml/scalar.ts
var notPlain = new Error("not plain YAML");
var plainScalar = (text4) => {
  const first = text4.charCodeAt(0);
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (isLetter) {
    if (text4.length > 5) return text4;
    if (text4 === "true" || text4 === "True" || text4 === "TRUE") return true;
    if (text4 === "false" || text4 === "False" || text4 === "FALSE") return false;
    return text4 === "null" || text4 === "Null" || text4 === "NULL" ? null : text4;
  }
  if (text4 === "~") return null;
  if (/^[-+]?[0-9]+$/u.test(text4) || /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/u.test(text4)) return Number(text4);
  if (/^(?:0[xo]|[-+]?[.0-9]+[eE]|[-+]?\.[iInN])/u.test(text4)) throw notPlain;
  return text4;
};
var odd = /^(?:true|false|null|__proto__)$/iu;
var plainKey = (text4) => {
  if (text4.length < 10 && odd.test(text4)) throw notPlain;
  return text4;
};

// preflight/src/yaml/flow.ts
var quoted = /"([^"\\]*)"|'([^']*)'(?!')/uy;
var plain = /(?:[A-Za-z0-9_./$]|-(?=[A-Za-z0-9_.-]))[A-Za-z0-9_./+@=%$~ -]*/uy;
var space = / */uy;
var readFlow = (text4) => {
  let at3 = 0;
  const take2 = (pattern) => {
    pattern.lastIndex = at3;
    const found = pattern.exec(text4);
    if (found !== null) at3 = pattern.lastIndex;
    return found;
  };
  const scalar = (make2) => {
    const found = take2(quoted);
    if (found !== null) return found[1] ?? found[2] ?? "";
    const word = take2(plain);
    if (word === null) throw notPlain;
    return make2(word[0].trimEnd());
  };
  const key2 = () => {
    const name3 = scalar(plainKey);
    if (typeof name3 !== "string" || !/^[A-Za-z_]/u.test(name3) || name3 === "__proto__") throw notPlain;
    if (text4[at3] !== ":" || text4[at3 + 1] !== " ") throw notPlain;
    at3 += 2;
    return name3;
  };
  const node = (depth) => {
    const open2 = text4[at3];
    if (open2 !== "[" && open2 !== "{") return scalar(plainScalar);
    if (depth > 20) throw notPlain;
    const close = open2 === "[" ? "]" : "}";
    const items = [];
    const map = {};
    at3 += 1;
    take2(space);
    while (text4[at3] !== close) {
      if (open2 === "[") items.push(node(depth + 1));
      else {
        const name3 = key2();
        take2(space);
        map[name3] = node(depth + 1);
      }
      take2(space);
      if (text4[at3] === close) break;
      if (text4[at3] !== ",") throw notPlain;
      at3 += 1;
      take2(space);
      if (text4[at3] === close) throw notPlain;
    }
    at3 += 1;
    return open2 === "[" ? items : map;
  };
  const value2 = node(0);
  if (at3 < text4.length && !/^ +#/u.test(text4.slice(at3)) && text4.slice(at3).trim() !== "") throw notPlain;
  return value2;
};

// preflight/src/yaml/plain.ts
var entry = /^(?:([A-Za-z_][A-Za-z0-9_./-]*)|"([^"\\]*)"|'([^']*)'):(?: +(.*))?$/u;
var double = /^"([^"\\]*)"(?: +#.*)?$/u;
var single = /^'((?:[^']|'')*)'(?: +#.*)?$/u;
var literal = /^\|(-?)(?: +#.*)?$/u;
var indentOf = (line) => {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent += 1;
  return indent;
};
var keyEnd = (line, indent) => {
  let at3 = indent;
  for (; at3 < line.length; at3++) {
    const code = line.charCodeAt(at3);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    if (!isLetter && (at3 === indent || !((code >= 48 && code <= 57) || (code >= 45 && code <= 47)))) break;
  }
  const isKey = line.charCodeAt(at3) === 58 && (at3 + 1 === line.length || line.charCodeAt(at3 + 1) === 32);
  return isKey ? at3 : -1;
};
var isItem = (line, indent) =>
  line.charCodeAt(indent) === 45 && (line.length === indent + 1 || line.charCodeAt(indent + 1) === 32);
var readPlainYaml = (text4) => {
  if (text4.includes("\r") || text4.includes("\uFEFF") || text4.includes("\u2028") || text4.includes("\x85"))
    return null;
  try {
    return { value: readLines(text4.split("\n")) };
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
};
var readLines = (lines) => {
  let at3 = 0;
  let seen = -1;
  let seenIndent = -1;
  const next = () => {
    if (at3 === seen) return seenIndent;
    for (; at3 < lines.length; at3++) {
      const line = (lines[at3] ?? "").trimEnd();
      if (lines[at3]?.includes("	") === true) throw notPlain;
      const indent = indentOf(line);
      if (indent === line.length || line.charCodeAt(indent) === 35) continue;
      lines[at3] = line;
      seen = at3;
      seenIndent = indent;
      return indent;
    }
    return -1;
  };
  const lineAt = () => lines[at3] ?? "";
  const block = (outer, strip) => {
    at3 += 1;
    const taken = [];
    let indent = -1;
    let end = 0;
    for (; at3 < lines.length; at3++) {
      const line = lines[at3] ?? "";
      const spaces = indentOf(line);
      if (line.charCodeAt(spaces) === 9 && (indent < 0 || spaces <= indent)) throw notPlain;
      if (spaces === line.length && (indent < 0 || spaces <= indent)) {
        if (indent < 0 && spaces > 0) throw notPlain;
        taken.push("");
        continue;
      }
      if (indent < 0) {
        if (spaces <= outer) break;
        indent = spaces;
      }
      if (spaces < indent) break;
      taken.push(line.slice(indent));
      end = taken.length;
    }
    if (end === 0) {
      if (taken.length > 0) throw notPlain;
      return "";
    }
    const body = taken.slice(0, end).join("\n");
    return strip
      ? body
      : `${body}
`;
  };
  const inline = (text4, outer) => {
    switch (text4[0]) {
      case '"':
      case "'": {
        const [, body] = (text4[0] === '"' ? double : single).exec(text4) ?? [];
        if (body === void 0) throw notPlain;
        at3 += 1;
        return text4[0] === '"' ? body : body.replaceAll("''", "'");
      }
      case "|": {
        const [, strip] = literal.exec(text4) ?? [];
        if (strip === void 0) throw notPlain;
        return block(outer, strip === "-");
      }
      case "[":
      case "{":
        at3 += 1;
        return readFlow(text4);
      default: {
        if (/^[>&*!%@`?:,\]}#]|^-(?: |$)/u.test(text4)) throw notPlain;
        const cut2 = text4.indexOf(" #");
        const body = (cut2 < 0 ? text4 : text4.slice(0, cut2)).trimEnd();
        if (body.endsWith(":") || body.includes(": ")) throw notPlain;
        at3 += 1;
        return plainScalar(body);
      }
    }
  };
  const isNothing = (text4) => text4 === "" || text4.startsWith("#");
  const node = (indent) => (isItem(lineAt(), indent) ? list2(indent) : map(indent));
  const list2 = (indent) => {
    const items = [];
    for (;;) {
      const here2 = next();
      if (here2 > indent) throw notPlain;
      if (here2 < indent || !isItem(lineAt(), indent)) return items;
      const line = lineAt();
      const rest2 = line.slice(indent + 1).trimStart();
      const inner = line.length - rest2.length;
      if (isNothing(rest2)) {
        at3 += 1;
        const below = next();
        items.push(below > indent ? node(below) : null);
      } else if (isItem(line, inner) || entry.test(rest2)) {
        lines[at3] = " ".repeat(inner) + rest2;
        seenIndent = inner;
        items.push(node(inner));
      } else items.push(inline(rest2, indent));
    }
  };
  const map = (indent) => {
    const found = {};
    for (;;) {
      const here2 = next();
      if (here2 > indent) throw notPlain;
      if (here2 < indent) return found;
      const line = lineAt();
      const colon = keyEnd(line, indent);
      let key2 = "";
      let rest2 = "";
      if (colon > indent) {
        key2 = plainKey(line.slice(indent, colon));
        rest2 = line.slice(colon + 1).trimStart();
      } else {
        const parts2 = entry.exec(line.slice(indent));
        if (parts2 === null) throw notPlain;
        key2 = plainKey(parts2[1] ?? parts2[2] ?? parts2[3] ?? "");
        rest2 = parts2[4] ?? "";
      }
      if (isNothing(rest2)) {
        at3 += 1;
        const below = next();
        const isBelow = below > indent || (below === indent && isItem(lineAt(), indent));
        found[key2] = isBelow ? node(below) : null;
      } else found[key2] = inline(rest2, indent);
    }
  };
  const start2 = next();
  if (start2 < 0) return null;
  const value2 = node(start2);
  if (next() >= 0) throw notPlain;
  return value2;
};

// preflight/src/manifests.ts
var isNode = (value2) => typeof value2 === "object" && value2 !== null && !Array.isArray(value2);
var nodeAt = (node, ...path4) => {
  let value2 = node;
  for (const key2 of path4) value2 = isNode(value2) ? value2[key2] : void 0;
  return value2;
};
var textAt = (node, ...path4) => {
  const value2 = nodeAt(node, ...path4);
  return typeof value2 === "string" ? value2 : null;
};
var listAt = (node, ...path4) => {
  const value2 = nodeAt(node, ...path4);
  return Array.isArray(value2) ? value2 : [];
};
var isTrue = (node, ...path4) => {
  const value2 = nodeAt(node, ...path4);
  return value2 === true || (typeof value2 === "string" && /^(?:y|yes|on|true)$/iu.test(value2));
};
var flatten = (body, source, origin) => {
  const kind2 = textAt(body, "kind") ?? "";
  if (kind2.endsWith("List") && Array.isArray(body["items"]))
    return body["items"].filter(isNode).flatMap((item) => flatten(item, source, origin));
  if (kind2 === "") return [];
  const annotations = nodeAt(body, "metadata", "annotations");
  return [
    {
      apiVersion: textAt(body, "apiVersion") ?? "",
      kind: kind2,
      namespace: textAt(body, "metadata", "namespace"),
      name: textAt(body, "metadata", "name") ?? "",
      source,
      // `helm template` prints hooks among the other objects.
      origin: isNode(annotations) && "helm.sh/hook" in annotations ? "hook" : origin,
      body,
    },
  ];
};
var readFully = (part, index, source) =>
  parseAllDocuments(part, { version: "1.2", uniqueKeys: false }).map((document) => {
    const [error] = "errors" in document ? document.errors : [];
    if (error !== void 0)
      throw new Error(`rendered document ${index + 1} (${source ?? "unknown source"}) is not YAML: ${error.code}`);
    const value2 = "toJS" in document ? document.toJS({ maxAliasCount: 100 }) : null;
    return value2;
  });
var readJson = (part) => {
  const text4 = part.replace(/^(?:[ \t]*(?:#.*)?\n)+/u, "");
  if (!text4.startsWith("{")) return null;
  try {
    const value2 = JSON.parse(text4);
    return [value2];
  } catch {
    return null;
  }
};
var read = (part, index, source) => {
  const plain3 = readPlainYaml(part);
  return plain3 === null ? (readJson(part) ?? readFully(part, index, source)) : [plain3.value];
};
var parseManifests = (text4, origin, parsed5 = /* @__PURE__ */ new Map()) =>
  // Cutting first keeps the `# Source:` comment with its document, and one parse small.
  text4.split(/^---[ \t]*(?:#.*)?$/mu).flatMap((part, index) => {
    const known4 = parsed5.get(part);
    if (known4 !== void 0) return known4;
    if (part.trim() === "") return [];
    const source = /^# Source: (\S+)/mu.exec(part)?.[1] ?? null;
    const objects = read(part, index, source).flatMap((body) => (isNode(body) ? flatten(body, source, origin) : []));
    parsed5.set(part, objects);
    return objects;
  });

// preflight/src/kinds.ts
var spec = ["spec", "template"];
var core = /^(?:apps|extensions|batch|)\//u;
var builtIn = (follows, path4 = spec) => ({
  group: core,
  path: path4,
  follows,
  builtIn: true,
});
var custom = (group, follows, path4 = spec) => ({
  group: new RegExp(`^${group.replaceAll(".", String.raw`\.`)}/`, "u"),
  path: path4,
  follows,
  builtIn: false,
});
var kruise = custom("apps.kruise.io", "rolls");
var kinds = /* @__PURE__ */ new Map([
  ["Deployment", [builtIn("rolls")]],
  ["StatefulSet", [builtIn("rolls"), kruise]],
  ["DaemonSet", [builtIn("rolls"), kruise]],
  ["CloneSet", [kruise]],
  ["Rollout", [custom("argoproj.io", "rolls")]],
  ["Service", [custom("serving.knative.dev", "rolls")]],
  ["Configuration", [custom("serving.knative.dev", "rolls")]],
  ["ReplicaSet", [builtIn("keeps")]],
  ["ReplicationController", [builtIn("keeps")]],
  ["Job", [builtIn("runs")]],
  ["CronJob", [builtIn("runs", ["spec", "jobTemplate", "spec", "template"])]],
  ["PodTemplate", [builtIn("keeps", ["template"])]],
]);
var groupOf = ({ apiVersion }) => (apiVersion.includes("/") ? apiVersion : `/${apiVersion}`);
var kindOf = (object) => kinds.get(object.kind)?.find(({ group }) => group.test(groupOf(object))) ?? null;
var templateOf = (object) => {
  const kind2 = kindOf(object);
  const template3 = kind2 === null ? null : nodeAt(object.body, ...kind2.path);
  return isNode(template3) ? template3 : null;
};
var rolls = (object) => kindOf(object)?.follows === "rolls";
var workflows = /* @__PURE__ */ new Set(["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"]);
var workflowOf = (object) => {
  if (!workflows.has(object.kind) || !object.apiVersion.startsWith("argoproj.io/")) return null;
  const found = nodeAt(object.body, "spec", ...(object.kind === "CronWorkflow" ? ["workflowSpec"] : []));
  return isNode(found) ? found : null;
};
var rolloutsByDeployment = (objects) =>
  new Map(
    objects
      .filter(
        ({ kind: kind2, body }) => kind2 === "Rollout" && textAt(body, "spec", "workloadRef", "kind") === "Deployment",
      )
      .map((object) => [textAt(object.body, "spec", "workloadRef", "name") ?? "", object]),
  );
var runsAtDeploy = ({ origin, body }) => {
  if (origin !== "hook") return true;
  const hooks = textAt(body, "metadata", "annotations", "helm.sh/hook");
  return hooks === null || /\b(?:pre|post)-(?:install|upgrade)\b/u.test(hooks);
};

// preflight/src/pods.ts
var containersOf = (pod) => {
  const of = (list2, kindOf5) =>
    listAt(pod, list2)
      .filter(isNode)
      .map((container) => ({ container, name: textAt(container, "name") ?? "", kind: kindOf5(container) }));
  return [
    ...of("initContainers", ({ restartPolicy }) => (restartPolicy === "Always" ? "sidecar" : "init")),
    ...of("containers", () => "container"),
    // Of an Argo Workflow only.
    ...of("sidecars", () => "sidecar"),
    ...of("ephemeralContainers", () => "ephemeral"),
  ];
};
var isPodSpec = (node) =>
  listAt(node, "containers").some(
    (container) => isNode(container) && (textAt(container, "image") !== null || textAt(container, "name") !== null),
  );
var parts = /* @__PURE__ */ new Set([
  "containers",
  "initContainers",
  "ephemeralContainers",
  "volumes",
  "imagePullSecrets",
]);
var inert = /* @__PURE__ */ new Set(["ConfigMap", "Secret", "CustomResourceDefinition", "Event"]);
var workflowPods = (spec2) => {
  const shared = listAt(spec2, "volumes");
  const templates = [...listAt(spec2, "templates"), spec2["templateDefaults"]].filter(isNode);
  return [
    { imagePullSecrets: listAt(spec2, "imagePullSecrets"), containers: [] },
    ...templates.map((template3) => ({
      containers: [
        ...[template3["container"], template3["script"]]
          .filter(isNode)
          .map((container) => ({ ...container, name: textAt(container, "name") ?? "main" })),
        ...listAt(template3, "containerSet", "containers"),
      ],
      initContainers: listAt(template3, "initContainers"),
      sidecars: listAt(template3, "sidecars"),
      volumes: [...shared, ...listAt(template3, "volumes")],
    })),
  ];
};
var cache = /* @__PURE__ */ new WeakMap();
var lookInto = (object) => {
  const known4 = cache.get(object);
  if (known4 !== void 0) return known4;
  const pods2 = [];
  const others2 = [];
  const seen = /* @__PURE__ */ new Set();
  const walk = (value2, key2) => {
    if (typeof value2 !== "object" || value2 === null || seen.has(value2)) return;
    seen.add(value2);
    if (Array.isArray(value2)) for (const item of value2) walk(item, key2);
    else if (isNode(value2)) {
      const isPod = isPodSpec(value2);
      if (isPod) pods2.push(value2);
      else others2.push({ key: key2, node: value2 });
      for (const [name3, inner] of Object.entries(value2)) if (!isPod || !parts.has(name3)) walk(inner, name3);
    }
  };
  const workflow = workflowOf(object);
  if (workflow !== null) pods2.push(...workflowPods(workflow));
  else if (!inert.has(object.kind)) walk(object.body, "");
  const found = { pods: pods2, others: others2 };
  cache.set(object, found);
  return found;
};
var podsOf = (object) => lookInto(object).pods;

// preflight/src/pod-references.ts
var volumesOf = (pod, secretName2) => {
  const volumes = /* @__PURE__ */ new Map();
  for (const volume of listAt(pod, "volumes")) {
    const sources = [
      ...(textAt(volume, "secret", "secretName") === secretName2 ? [nodeAt(volume, "secret")] : []),
      ...listAt(volume, "projected", "sources")
        .filter((source) => textAt(source, "secret", "name") === secretName2)
        .map((source) => nodeAt(source, "secret")),
    ];
    for (const source of sources) {
      const items = listAt(source, "items").flatMap((item) => textAt(item, "key") ?? []);
      const name3 = textAt(volume, "name") ?? "";
      const optional = isTrue(source, "optional");
      const before = volumes.get(name3);
      const all = items.length === 0 || before?.keys === null;
      volumes.set(name3, {
        keys: all ? null : [...(before?.keys ?? []), ...items],
        optional: optional && (before?.optional ?? true),
      });
    }
  }
  return volumes;
};
var podReferences = (pod, { secretName: secretName2 }) => {
  const volumes = volumesOf(pod, secretName2);
  return containersOf(pod).flatMap(({ container, name: name3, kind: kind2 }) => {
    const base4 = { container: name3, containerKind: kind2, prefix: "", envName: null };
    const references2 = [
      ...envOf(container, secretName2, base4),
      ...listAt(container, "volumeMounts").flatMap((mount) => {
        const volume = volumes.get(textAt(mount, "name") ?? "");
        if (volume === void 0) return [];
        const isPart = textAt(mount, "subPath") !== null || textAt(mount, "subPathExpr") !== null;
        const how = isPart ? "subPath" : "volume";
        return (volume.keys ?? [null]).map((key2) => ({ ...base4, how, key: key2, optional: volume.optional }));
      }),
    ];
    if (references2.length === 0) return [];
    const all = references2.some(({ key: key2 }) => key2 === null);
    const keys2 = [...new Set(references2.flatMap(({ key: key2 }) => key2 ?? []))].toSorted();
    const ways = references2.map(({ how }) => (how === "volume" || how === "subPath" ? how : "env"));
    const uses2 = all ? "all" : keys2;
    return [{ container: name3, containerKind: kind2, uses: uses2, how: [...new Set(ways)], references: references2 }];
  });
};
var envOf = (container, secretName2, base4) => [
  ...listAt(container, "env").flatMap((env) => {
    const ref = nodeAt(env, "valueFrom", "secretKeyRef");
    if (textAt(ref, "name") !== secretName2) return [];
    const key2 = textAt(ref, "key") ?? "";
    return [{ ...base4, how: "env", key: key2, envName: textAt(env, "name"), optional: isTrue(ref, "optional") }];
  }),
  ...listAt(container, "envFrom").flatMap((from) => {
    const ref = nodeAt(from, "secretRef");
    if (textAt(ref, "name") !== secretName2) return [];
    const prefix2 = textAt(from, "prefix") ?? "";
    return [{ ...base4, how: "envFrom", key: null, prefix: prefix2, optional: isTrue(ref, "optional") }];
  }),
];
var credentials = [
  ["csi", "nodePublishSecretRef", null],
  ["azureFile", "secretName", ["azurestorageaccountname", "azurestorageaccountkey"]],
  ["cephfs", "secretRef", null],
  ["iscsi", "secretRef", null],
  ["rbd", "secretRef", null],
  ["scaleIO", "secretRef", null],
  ["storageos", "secretRef", null],
  ["flexVolume", "secretRef", null],
];
var place = (how, key2, optional = false) => ({
  container: null,
  containerKind: null,
  how,
  key: key2,
  prefix: "",
  envName: null,
  optional,
});
var podPlaces = (pod, { secretName: secretName2 }) => {
  const mounted = new Set(
    containersOf(pod).flatMap(({ container }) =>
      listAt(container, "volumeMounts").flatMap((mount) => textAt(mount, "name") ?? []),
    ),
  );
  const unmounted = [...volumesOf(pod, secretName2)].filter(([name3]) => !mounted.has(name3));
  return [
    // The kubelet makes a volume that nobody mounts, too, and waits for what is missing.
    ...unmounted.flatMap(([, { keys: keys2, optional }]) =>
      (keys2 ?? [null]).map((key2) => place("volume", key2, optional)),
    ),
    ...listAt(pod, "volumes").flatMap((volume) =>
      credentials.flatMap(([type, ref, keys2]) => {
        const named3 = nodeAt(volume, type, ref);
        const name3 = isNode(named3) ? named3["name"] : named3;
        return name3 === secretName2 ? (keys2 ?? [null]).map((key2) => place("credentials", key2)) : [];
      }),
    ),
    ...listAt(pod, "imagePullSecrets")
      .filter((ref) => textAt(ref, "name") === secretName2)
      .map(() => place("imagePullSecrets", ".dockerconfigjson")),
  ];
};

// preflight/src/references.ts
var here = { container: null, containerKind: null, prefix: "", envName: null, optional: false };
var otherPlace = (key2, node, secretName2) => {
  if (node["name"] !== secretName2) return [];
  const named3 = textAt(node, "key");
  if (named3 !== null) return [{ ...here, how: "other", key: named3, optional: isTrue(node, "optional") }];
  return /secretRef$/iu.test(key2) ? [{ ...here, how: "other", key: null, optional: isTrue(node, "optional") }] : [];
};
var placesOf = (object, options) => {
  const { secretName: secretName2 } = options;
  const { pods: pods2, others: others2 } = lookInto(object);
  const found = pods2.flatMap((pod) => [
    ...podReferences(pod, options).flatMap(({ references: places }) => places),
    ...podPlaces(pod, options),
  ]);
  if (object.kind === "Ingress") {
    return listAt(object.body, "spec", "tls").flatMap((tls) =>
      textAt(tls, "secretName") === secretName2
        ? ["tls.crt", "tls.key"].map((key2) => ({ ...here, how: "ingressTls", key: key2 }))
        : [],
    );
  }
  if (object.kind === "ServiceAccount") {
    const names2 = (list2) => listAt(object.body, list2).filter((ref) => textAt(ref, "name") === secretName2).length;
    return [
      ...(names2("imagePullSecrets") > 0 ? [{ ...here, how: "imagePullSecrets", key: ".dockerconfigjson" }] : []),
      ...(names2("secrets") > 0 ? [{ ...here, how: "serviceAccount", key: null }] : []),
    ];
  }
  return [...found, ...others2.flatMap(({ key: key2, node }) => otherPlace(key2, node, secretName2))];
};
var references = (objects, options) =>
  objects.flatMap((object) => placesOf(object, options).map((one) => ({ ...one, object })));
var isHere = (object, namespace) => (object.namespace ?? namespace) === namespace;
var otherSecrets = (object) =>
  lookInto(object).pods.flatMap((pod) =>
    [...listAt(pod, "containers"), ...listAt(pod, "initContainers")].flatMap((container) => {
      const names2 = [
        ...listAt(container, "env").map((env) => textAt(env, "valueFrom", "secretKeyRef", "name")),
        ...listAt(container, "envFrom").map((from) => textAt(nodeAt(from, "secretRef"), "name")),
      ];
      return names2.flatMap((name3) =>
        name3 === null ? [] : [{ name: name3, container: textAt(container, "name") ?? "" }],
      );
    }),
  );

// preflight/src/consumers.ts
var nameOf = ({ apiVersion, kind: kind2, namespace, name: name3 }) => [apiVersion, kind2, namespace, name3].join("\n");
var indexes = /* @__PURE__ */ new WeakMap();
var inAgain = (object, again2) => {
  let index = indexes.get(again2);
  if (index === void 0) {
    index = new Map(again2.map((one) => [nameOf(one), one]));
    indexes.set(again2, index);
  }
  return index.get(nameOf(object));
};
var isRandom = (object, { again: again2, templates, offline }) => {
  if (again2 === void 0) return "unknown";
  const other = inAgain(object, again2);
  if (other === object) return false;
  const [one, two] = [templateOf(object), other === void 0 ? null : templateOf(other)];
  if (one === null || two === null || JSON.stringify(one) === JSON.stringify(two)) return false;
  return offline === true && asksCluster(templates) ? "unknown" : true;
};
var annotationsOf = (node) => {
  const annotations = nodeAt(node, "metadata", "annotations");
  return isNode(annotations) ? Object.keys(annotations) : [];
};
var restarter =
  /^(?:keyroll\.dev\/restart|(?:[\w.-]+\.)?reloader\.stakater\.com\/|secrets\.(?:doppler|infisical)\.com\/)/u;
var hasTrigger = (object, renders) => {
  const template3 = templateOf(object);
  if (template3 === null) return "unknown";
  const random = isRandom(object, renders);
  if (random !== false) return random;
  if ([...annotationsOf(template3), ...annotationsOf(object.body)].some((name3) => restarter.test(name3)))
    return "unknown";
  const moving = /\.Release\.Revision\b|\bnow\b|\blookup\b[\s\S]*sum\b/u;
  return templateSays(object, renders.templates, moving) === true ? "unknown" : false;
};
var usesOf = (references2) =>
  references2.some(({ key: key2 }) => key2 === null)
    ? "all"
    : [...new Set(references2.flatMap(({ key: key2 }) => key2 ?? []))].toSorted();
var isUse = ({ how }) =>
  how === "env" || how === "envFrom" || how === "volume" || how === "subPath" || how === "credentials";
var consumers = (references2, renders, { namespace }) => {
  const byObject = /* @__PURE__ */ new Map();
  for (const reference of references2) {
    const { object } = reference;
    if (!isUse(reference) || object.kind === "Pod" || !isHere(object, namespace)) continue;
    const known4 = byObject.get(object);
    if (known4 === void 0) byObject.set(object, [reference]);
    else known4.push(reference);
  }
  return [...byObject].map(([object, own2]) => ({
    object,
    uses: usesOf(own2),
    rollTrigger: hasTrigger(object, renders),
    rolls: rolls(object),
  }));
};
var templateText = (object) => {
  const template3 = templateOf(object);
  return template3 === null ? null : JSON.stringify(template3);
};

// preflight/src/rule.ts
var at = (object, container = null, key2 = null) => ({
  object: object === null ? null : { kind: object.kind, namespace: object.namespace, name: object.name },
  container,
  key: key2,
  source: object?.source ?? null,
});
var nameOf2 = (object) => `${object.kind}/${object.name}`;
var withContainer = (object, container) =>
  container === null ? nameOf2(object) : `${nameOf2(object)} (container ${container})`;
var fileOf = (object) => object.source ?? "the chart";

// preflight/src/rules/bare-pod.ts
var never = /* @__PURE__ */ new Set(["Pod", "ReplicaSet", "ReplicationController"]);
var isOwned = ({ body }) => listAt(nodeAt(body, "metadata"), "ownerReferences").length > 0;
var barePod = {
  id: "bare-pod",
  about:
    "A Pod of its own is never rolled, and a ReplicaSet or ReplicationController leaves its pods as they are when its template changes.",
  *check({ references: references2 }) {
    const using2 = references2.filter(({ how }) => how !== "imagePullSecrets");
    for (const object of new Set(using2.map((reference) => reference.object))) {
      if (!never.has(object.kind) || object.origin === "hook" || isOwned(object)) continue;
      yield {
        ...at(object),
        severity: "warning",
        message:
          object.kind === "Pod"
            ? `${nameOf2(object)} is a Pod of its own: nothing restarts it, it keeps its values.`
            : `${nameOf2(object)} leaves its pods as they are when its template changes: they keep their values.`,
        fix: object.kind === "Pod" ? "Make it a Deployment or a Job." : "Make it a Deployment.",
      };
    }
  },
};

// preflight/src/rules/downtime.ts
var downtime = {
  id: "downtime",
  about:
    "A consumer restarts with an interruption (strategy Recreate), or each of its pods must be ready for a while first (minReadySeconds).",
  *check({ consumers: consumers2, timeoutSeconds = 600 }) {
    for (const { object, rolls: rolls2 } of consumers2) {
      if (!rolls2) continue;
      if (
        nodeAt(object.body, "spec", "strategy", "type") === "Recreate" &&
        nodeAt(object.body, "spec", "replicas") !== 0
      )
        yield {
          ...at(object),
          severity: "warning",
          message: `${nameOf2(object)} has the strategy Recreate: its pods stop before new ones start, so a deployment interrupts it.`,
          fix: "Nothing, when that is meant (a volume that one pod at a time can have); else RollingUpdate.",
        };
      const seconds2 = nodeAt(object.body, "spec", "minReadySeconds");
      if (typeof seconds2 !== "number" || seconds2 <= 0) continue;
      const isTooLong = seconds2 >= timeoutSeconds;
      yield {
        ...at(object),
        severity: isTooLong ? "warning" : "note",
        message: `${nameOf2(object)}: each new pod must be ready for ${seconds2} s before it counts (minReadySeconds)${isTooLong ? `, and a deployment takes at most ${timeoutSeconds} s` : ""}.`,
        fix: isTooLong
          ? "Make minReadySeconds smaller, or the environment's timeoutSeconds larger."
          : "Nothing: the deployment waits for it.",
      };
    }
  },
};

// preflight/src/rules/env-duplicate.ts
var envDuplicate = {
  id: "env-duplicate",
  about: "A container sets the same environment variable twice. Helm 4 refuses that; with Helm 3 the last one counts.",
  *check({ places, helmMajor }) {
    for (const { object, container, name: name3 } of places) {
      const seen = /* @__PURE__ */ new Set();
      const twice = /* @__PURE__ */ new Set();
      for (const env of listAt(container, "env")) {
        const variable3 = textAt(env, "name") ?? "";
        if (variable3 !== "" && seen.has(variable3)) twice.add(variable3);
        seen.add(variable3);
      }
      for (const variable3 of twice) {
        yield {
          ...at(object, name3),
          severity: helmMajor === 4 ? "error" : "warning",
          message: `${withContainer(object, name3)} sets the variable ${variable3} twice${helmMajor === 4 ? ": Helm 4 refuses that" : "; the last one counts"}.`,
          fix: `Keep one of them in ${fileOf(object)}.`,
        };
      }
    }
  },
};

// preflight/src/rules/env-reads.ts
var envReads = ({ references: references2, keys: keys2 }) =>
  references2.flatMap((reference) => {
    if (reference.how === "env" && reference.key !== null)
      return [{ reference, key: reference.key, envName: reference.envName ?? reference.key }];
    if (reference.how !== "envFrom") return [];
    return [...keys2.keys()].map((key2) => ({ reference, key: key2, envName: reference.prefix + key2 }));
  });
var envRule = (facts3, judge2) => ({
  ...facts3,
  *check(subject) {
    for (const read3 of envReads(subject)) {
      const found = judge2(read3, subject);
      if (found !== null) yield { ...at(read3.reference.object, read3.reference.container, read3.key), ...found };
    }
  },
});
var whereRead = ({ reference }) => withContainer(reference.object, reference.container ?? "?");

// preflight/src/rules/env-not-utf8.ts
var envNotUtf8 = envRule(
  {
    id: "env-not-utf8",
    about: "A value that is not UTF-8 text is read as an environment variable: newer container runtimes refuse it.",
  },
  (read3, { keys: keys2 }) =>
    keys2.get(read3.key)?.utf8 === false
      ? {
          severity: "error",
          message: `${whereRead(read3)} reads \`${read3.key}\` as an environment variable, and it is not UTF-8 text.`,
          fix: "Mount it as a file, or save it encoded (base64 text).",
        }
      : null,
);

// preflight/src/rules/env-nul.ts
var envNul = envRule(
  {
    id: "env-nul",
    about:
      "A value with a NUL byte is read as an environment variable. The container does not start, and the container runtime prints the value in the pod's status.",
    fixed: true,
  },
  (read3, { keys: keys2 }) =>
    keys2.get(read3.key)?.nul === true
      ? {
          severity: "error",
          message: `${whereRead(read3)} reads \`${read3.key}\` as an environment variable, and it holds a NUL byte: the container would not start.`,
          fix: "Mount it as a file, or save it encoded (base64 text).",
        }
      : null,
);

// preflight/src/variables.ts
var dataKeys = (object) =>
  ["data", "stringData"].flatMap((part) => {
    const data = object.body[part];
    return isNode(data) ? Object.keys(data) : [];
  });
var dataObjects = /* @__PURE__ */ new WeakMap();
var rendered = ({ objects, namespace }) => {
  const known4 = dataObjects.get(objects);
  if (known4 !== void 0) return known4;
  const found = new Map(
    objects
      .filter((object) => (object.kind === "ConfigMap" || object.kind === "Secret") && isHere(object, namespace))
      .map((object) => [`${object.kind}/${object.name}`, dataKeys(object)]),
  );
  dataObjects.set(objects, found);
  return found;
};
var sourcesOf = ({ container }, subject) =>
  listAt(container, "envFrom").flatMap((from) => {
    const prefix2 = textAt(from, "prefix") ?? "";
    const kind2 = nodeAt(from, "secretRef") === void 0 ? "ConfigMap" : "Secret";
    const name3 = textAt(from, kind2 === "Secret" ? "secretRef" : "configMapRef", "name");
    if (name3 === null) return [];
    const ours = kind2 === "Secret" && name3 === subject.secretName;
    const keys2 = ours ? [...subject.keys.keys()] : rendered(subject).get(`${kind2}/${name3}`);
    const names2 = keys2 === void 0 ? null : new Set(keys2.map((key2) => prefix2 + key2));
    return [{ prefix: prefix2, name: `${kind2}/${name3}`, names: names2, ours }];
  });
var linksOf = ({ body, name: name3 }) => {
  const base4 = name3.toUpperCase().replaceAll("-", "_");
  const found = /* @__PURE__ */ new Set([`${base4}_SERVICE_HOST`, `${base4}_SERVICE_PORT`, `${base4}_PORT`]);
  for (const port of listAt(body, "spec", "ports")) {
    const label4 = textAt(port, "name");
    if (label4 !== null) found.add(`${base4}_SERVICE_PORT_${label4.toUpperCase().replaceAll("-", "_")}`);
    const number3 = nodeAt(port, "port");
    if (typeof number3 !== "number") continue;
    const one = `${base4}_PORT_${number3}_${(textAt(port, "protocol") ?? "TCP").toUpperCase()}`;
    for (const more of ["", "_PROTO", "_PORT", "_ADDR"]) found.add(one + more);
  }
  return found;
};
var serviceLinks = ({ objects, namespace }) =>
  objects
    .filter(
      (object) =>
        object.kind === "Service" &&
        object.apiVersion === "v1" &&
        isHere(object, namespace) &&
        textAt(object.body, "spec", "clusterIP") !== "None" &&
        textAt(object.body, "spec", "type") !== "ExternalName",
    )
    .map((object) => ({ name: object.name, variables: linksOf(object) }));
var takesLinks = ({ pod }) => nodeAt(pod, "enableServiceLinks") !== false;
var isLinkName = (name3) =>
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?$/u.test(name3);

// preflight/src/rules/env-shadowed.ts
var shadowOf = (variable3, key2, index, place3, subject) => {
  const env = listAt(place3.container, "env").find((one) => textAt(one, "name") === variable3);
  if (env !== void 0) {
    const isSame =
      textAt(env, "valueFrom", "secretKeyRef", "name") === subject.secretName &&
      textAt(env, "valueFrom", "secretKeyRef", "key") === key2;
    return isSame ? null : "env sets it too";
  }
  const later = sourcesOf(place3, subject)
    .slice(index + 1)
    .find(({ names: names2, ours }) => !ours && names2?.has(variable3) === true);
  return later === void 0 ? null : `a later envFrom (${later.name}) has it too`;
};
var envShadowed = {
  id: "env-shadowed",
  about:
    "A key that envFrom brings is overridden by env or by a later envFrom: its saved value has no effect in that container.",
  *check(subject) {
    for (const place3 of subject.places) {
      for (const [index, { ours, prefix: prefix2 }] of sourcesOf(place3, subject).entries()) {
        if (!ours) continue;
        for (const key2 of subject.keys.keys()) {
          const variable3 = prefix2 + key2;
          const shadow = shadowOf(variable3, key2, index, place3, subject);
          if (shadow === null) continue;
          yield {
            ...at(place3.object, place3.name, key2),
            severity: "warning",
            message: `${withContainer(place3.object, place3.name)} takes ${variable3} from elsewhere: ${shadow}, and wins over \`${key2}\` of ${subject.secretName}.`,
            fix: `Take one of them out of ${fileOf(place3.object)}, if the saved value is meant.`,
          };
        }
      }
    }
  },
};

// pairs/src/limits.ts
var limits = {
  /** Pairs per environment. */
  pairs: 100,
  /** Characters of a key: what a Kubernetes Secret accepts. */
  keyBytes: 253,
  /** Bytes of `KEY=value` that Linux takes as one environment string (MAX_ARG_STRLEN less its NUL). */
  envEntryBytes: 131071,
  /** Bytes of all keys and values: what a Kubernetes Secret holds. */
  totalBytes: 1048576,
  /** Share of totalBytes from which on a save warns. */
  warnShare: 0.75,
};

// pairs/src/keys.ts
var shellName = /^[A-Za-z_][A-Za-z0-9_]*$/u;
var isShellName = (key2) => shellName.test(key2);
var checkKey = (key2) => {
  const problem3 = (rule, message, facts3 = {}) => ({
    rule,
    key: key2,
    message,
    ...facts3,
  });
  if (key2 === "") return problem3("key-empty", "A key needs a name.");
  if (key2.length > limits.keyBytes) {
    return problem3("key-length", `A key has at most ${limits.keyBytes} characters; this one has ${key2.length}.`, {
      limit: limits.keyBytes,
      actual: key2.length,
    });
  }
  const foreign2 = /[^-._a-zA-Z0-9]/u.exec(key2)?.[0];
  if (foreign2 !== void 0) {
    const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(foreign2)
      ? `\`${foreign2}\``
      : `U+${(foreign2.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    return problem3(
      "key-characters",
      `\`${printable(key2)}\`: a key takes A-Z, a-z, 0-9, ".", "_" and "-"; ${shown} is not one of them.`,
      { limit: "[-._a-zA-Z0-9]" },
    );
  }
  if (key2 === ".") return problem3("key-dot", "`.` is not a key that Kubernetes accepts.");
  if (key2.startsWith("..")) return problem3("key-dots", `\`${key2}\`: a key does not begin with "..".`);
  return null;
};
var printable = (key2) => key2.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\uFFFD").slice(0, 80);
var risky = [
  ["PATH", "decides which programs are started"],
  ["LD_*", "makes the loader run other code in every program"],
  ["DYLD_*", "makes the loader run other code in every program"],
  ["NODE_OPTIONS", "changes what Node.js loads at start"],
  ["NODE_EXTRA_CA_CERTS", "changes which servers Node.js trusts"],
  ["NODE_TLS_REJECT_UNAUTHORIZED", "can switch off the check of certificates"],
  ["PYTHONPATH", "changes which modules Python loads"],
  ["PYTHONSTARTUP", "makes Python run a file at start"],
  ["PYTHONHOME", "changes which Python is used"],
  ["PERL5LIB", "changes which modules Perl loads"],
  ["PERL5OPT", "changes what Perl loads at start"],
  ["RUBYOPT", "changes what Ruby loads at start"],
  ["RUBYLIB", "changes which files Ruby loads"],
  ["JAVA_TOOL_OPTIONS", "changes what the JVM loads at start"],
  ["_JAVA_OPTIONS", "changes what the JVM loads at start"],
  ["JDK_JAVA_OPTIONS", "changes what the JVM loads at start"],
  ["BASH_ENV", "makes every bash script run a file first"],
  ["BASH_FUNC_*", "defines shell functions"],
  ["ENV", "makes interactive shells run a file first"],
  ["IFS", "changes how shells split words"],
  ["PS4", "is evaluated by shells that trace"],
  ["PROMPT_COMMAND", "is run by interactive shells"],
  ["SHELL", "decides which shell programs start"],
  ["HOME", "changes where programs look for their files"],
  ["KUBERNETES_*", "hides the cluster's own address from the pod"],
  ["HTTP_PROXY", "sends traffic through another host"],
  ["HTTPS_PROXY", "sends traffic through another host"],
  ["ALL_PROXY", "sends traffic through another host"],
  ["SSL_CERT_FILE", "changes which servers are trusted"],
  ["SSL_CERT_DIR", "changes which servers are trusted"],
  ["GIT_SSH_COMMAND", "is run by git"],
  ["GCONV_PATH", "makes the C library load other code"],
  ["HOSTALIASES", "changes how host names resolve"],
];
var anyCase = /* @__PURE__ */ new Set(["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]);
var riskOf = (key2) => {
  for (const [name3, why] of risky) {
    if (
      name3.endsWith("*")
        ? key2.startsWith(name3.slice(0, -1))
        : key2 === name3 || (anyCase.has(name3) && key2.toUpperCase() === name3)
    )
      return why;
  }
  return null;
};
var isRiskyKey = (key2) => riskOf(key2) !== null;
var keyWarnings = (key2) =>
  isShellName(key2)
    ? []
    : [
        {
          id: "not-a-shell-name",
          key: key2,
          message: `\`${key2}\` is not a shell name: a container can read it, \`$${key2}\` in a shell script cannot.`,
        },
      ];

// pairs/src/nearest.ts
var distance = (a, b) => {
  let before = [];
  let above = Array.from({ length: b.length + 1 }, (_2, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
};
var nearest = (word, words2) => {
  if (word.length > 100) return null;
  const wanted = word.toLowerCase();
  let best = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of words2) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least || candidate.length > 100) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits < least) {
      least = edits;
      best = candidate;
    }
  }
  return best;
};

// pairs/src/values.ts
var encoder = new TextEncoder();
var encodeValue = (value2) => (typeof value2 === "string" ? encoder.encode(value2) : value2);
var isUtf8 = (bytes) => {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};
var valueFacts = (value2) => {
  const bytes = encodeValue(value2);
  let lines = 0;
  let nul = false;
  for (const byte of bytes) {
    if (byte === 10) lines++;
    if (byte === 0) nul = true;
  }
  if (bytes.byteLength > 0 && bytes.at(-1) !== 10) lines++;
  const binary = typeof value2 !== "string";
  return { bytes: bytes.byteLength, lines, binary, nul, utf8: !binary || isUtf8(bytes), empty: bytes.byteLength === 0 };
};
var checkValue = (key2, value2) =>
  typeof value2 === "string" && !value2.isWellFormed()
    ? {
        rule: "value-not-text",
        key: key2,
        message: `\`${key2}\`: the text has half of a surrogate pair, which UTF-8 cannot hold. Send it as binary (base64).`,
      }
    : null;
var sameValue = (a, b) => {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
};

// pairs/src/change-set.ts
var touchedKeys = (changes2) =>
  /* @__PURE__ */ new Set([
    ...changes2.set.keys(),
    ...changes2.remove,
    ...changes2.rename.keys(),
    ...changes2.rename.values(),
  ]);
var encodedLength = (text4) => new TextEncoder().encode(text4).byteLength;
var checkChangeSet = (current, changes2, store, options = {}) => {
  const problems = [];
  const warnings = [];
  const result = new Map(current);
  const add2 = (rule, key2, message, facts3 = {}) => {
    problems.push({ rule, key: key2, message, ...facts3 });
  };
  const unknown2 = (rule, key2) => {
    const near = nearest(key2, current.keys());
    add2(rule, key2, `\`${key2}\` is not saved${near === null ? "" : `; did you mean \`${near}\`?`}`);
  };
  const newKey = (key2) => {
    const broken2 = checkKey(key2);
    if (broken2 !== null) problems.push(broken2);
    else if (store.keyPattern && !store.keyPattern.test(key2)) {
      add2("key-store", key2, `\`${key2}\`: ${store.label} takes only names of ${store.keyPattern.source}.`, {
        limit: store.keyPattern.source,
      });
    } else if (!current.has(key2)) {
      warnings.push(...keyWarnings(key2));
      if (isRiskyKey(key2) && options.confirmedRisky?.has(key2) !== true) {
        add2("risky-key", key2, `\`${key2}\` ${riskOf(key2) ?? ""}: confirm that it is meant.`, {
          field: "confirmRisky",
        });
      }
    }
  };
  if (changes2.set.size + changes2.remove.size + changes2.rename.size === 0) {
    problems.push({ rule: "empty-change", message: "The change set changes nothing: give set, remove or rename." });
  }
  for (const key2 of changes2.remove) {
    if (changes2.set.has(key2)) add2("set-and-removed", key2, `\`${key2}\` is both set and removed.`);
    else if (changes2.rename.has(key2)) add2("renamed-and-removed", key2, `\`${key2}\` is both renamed and removed.`);
    else if (!current.has(key2)) unknown2("remove-missing", key2);
    result.delete(key2);
  }
  const targets2 = /* @__PURE__ */ new Set();
  for (const [from, to] of changes2.rename) {
    if (!current.has(from)) unknown2("rename-missing", from);
    if (from === to) add2("rename-same", from, `\`${from}\` is renamed to itself.`);
    if (changes2.set.has(from)) add2("set-and-renamed", from, `\`${from}\` is both set and renamed.`);
    if (changes2.set.has(to)) add2("rename-onto-set", to, `\`${to}\` is set, and \`${from}\` is renamed to it.`);
    if (targets2.has(to)) add2("rename-twice", to, `Two keys are renamed to \`${to}\`.`);
    if (current.has(to) && from !== to && !changes2.remove.has(to) && !changes2.rename.has(to)) {
      add2("rename-onto-existing", to, `\`${to}\` exists already; \`${from}\` cannot be renamed to it.`);
    }
    targets2.add(to);
    newKey(to);
  }
  const moved = [...changes2.rename].map(([from, to]) => [to, current.get(from) ?? { bytes: 0 }]);
  for (const from of changes2.rename.keys()) result.delete(from);
  for (const [to, facts3] of moved) result.set(to, facts3);
  for (const [key2, value2] of changes2.set) {
    newKey(key2);
    const broken2 = checkValue(key2, value2);
    if (broken2 !== null) problems.push(broken2);
    const facts3 = valueFacts(value2);
    if (store.valueBytes !== null && facts3.bytes > store.valueBytes) {
      add2("value-size", key2, tooLarge(key2, facts3.bytes, store), {
        limit: store.valueBytes,
        actual: facts3.bytes,
      });
    }
    if (facts3.nul)
      warnings.push({
        id: "nul",
        key: key2,
        message: `\`${key2}\` holds a NUL byte: no environment variable can, only a mounted file.`,
      });
    else if (!facts3.utf8)
      warnings.push({
        id: "not-utf8",
        key: key2,
        message: `\`${key2}\` is not UTF-8 text: read it as a mounted file.`,
      });
    const entry3 = encodedLength(key2) + 1 + facts3.bytes;
    if (entry3 > limits.envEntryBytes) {
      warnings.push({
        id: "env-size",
        key: key2,
        message: `\`${key2}=\u2026\` has ${entry3} bytes: an environment variable takes ${limits.envEntryBytes}, a mounted file more.`,
      });
    }
    result.set(key2, { bytes: facts3.bytes });
  }
  for (const key2 of changes2.retiresOld) {
    if (!changes2.set.has(key2) && !changes2.remove.has(key2)) {
      add2(
        "retires-nothing",
        key2,
        `\`${key2}\` retires its old value, but is neither set nor removed in this change.`,
        {
          field: "retiresOld",
        },
      );
    }
  }
  if (result.size > limits.pairs && result.size > current.size) {
    problems.push({
      rule: "pairs",
      message: `${result.size} pairs; an environment holds ${limits.pairs}.`,
      limit: limits.pairs,
      actual: result.size,
    });
  }
  let total2 = 0;
  for (const [key2, { bytes }] of result) total2 += encodedLength(key2) + bytes;
  if (total2 > limits.totalBytes) {
    problems.push({
      rule: "total-size",
      message: `All values have ${total2} bytes; ${limits.totalBytes} (1 MiB) fit into one Kubernetes Secret.`,
      limit: limits.totalBytes,
      actual: total2,
    });
  } else if (total2 > limits.totalBytes * limits.warnShare) {
    warnings.push({ id: "total-size", message: `All values have ${total2} of ${limits.totalBytes} bytes.` });
  }
  return { problems, warnings, result };
};
var tooLarge = (key2, bytes, { label: label4, valueBytes, larger }) =>
  [`\`${key2}\` has ${bytes} bytes; ${label4} takes ${valueBytes}.`, larger ?? ""].join(" ").trimEnd();

// pairs/src/count.ts
var count = (figure, one, many = `${one}s`) => `${figure} ${figure === 1 ? one : many}`;

// pairs/src/merge.ts
var merge = (mine, theirs) => ({
  overlap: [...mine].filter((key2) => theirs.has(key2)).toSorted(),
});
var diffKeys = (before, after) =>
  [.../* @__PURE__ */ new Set([...before.keys(), ...after.keys()])].toSorted().map((key2) => {
    if (!before.has(key2)) return { key: key2, status: "added" };
    if (!after.has(key2)) return { key: key2, status: "removed" };
    return { key: key2, status: before.get(key2) === after.get(key2) ? "same" : "changed" };
  });

// pairs/src/dotenv/parse.ts
var lineEnd = (text4, from) => {
  const at3 = text4.indexOf("\n", from);
  return at3 === -1 ? text4.length : at3;
};
var readPlain = (text4, start2) => {
  const end = lineEnd(text4, start2);
  const raw = text4.slice(start2, end);
  const notices = [];
  const comment = /[ \t]#/u.exec(raw);
  const body = comment === null ? raw : raw.slice(0, comment.index);
  const value2 = body.replace(/[ \t]+$/u, "");
  if (comment === null && value2.length < body.length)
    notices.push([
      "trimmed",
      `${body.length - value2.length} trailing blanks were dropped; quote the value to keep them`,
    ]);
  if (value2.startsWith("#"))
    notices.push([
      "hash-start",
      "the value begins with #: taken as a value; some parsers read a comment and an empty value",
    ]);
  else if (value2.includes("#"))
    notices.push(["hash-inside", "the # inside was kept; some parsers cut the value there"]);
  if (/^`.*`$/u.test(value2)) notices.push(["backticks", "the backticks were kept; some parsers strip them"]);
  return { value: value2, comment: comment === null ? null : raw.slice(comment.index + 2).trim(), notices, end };
};
var afterQuote = (text4, from) => {
  const end = lineEnd(text4, from);
  const rest2 = text4.slice(from, end).trim();
  if (rest2 === "") return { comment: null, end };
  return rest2.startsWith("#") ? { comment: rest2.slice(1).trim(), end } : null;
};
var trailing = (end) => ({
  id: "text-after-quote",
  message: "there is text behind the closing quote; quote the whole value, or escape quotes inside with \\",
  end,
});
var unterminated = (text4, start2) => ({
  id: "unterminated",
  message: "the quote that begins here is never closed",
  end: lineEnd(text4, start2),
});
var readSingle = (text4, start2) => {
  const close = text4.indexOf("'", start2 + 1);
  if (close === -1) return unterminated(text4, start2);
  const after = afterQuote(text4, close + 1);
  if (after === null) return trailing(lineEnd(text4, close));
  return { value: text4.slice(start2 + 1, close), comment: after.comment, notices: [], end: after.end };
};
var escapes = /* @__PURE__ */ new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "	"],
  ['"', '"'],
  ["\\", "\\"],
]);
var readDouble = (text4, start2) => {
  const parts2 = [];
  const used = /* @__PURE__ */ new Set();
  let from = start2 + 1;
  let at3 = from;
  for (; at3 < text4.length && text4[at3] !== '"'; at3++) {
    if (text4[at3] !== "\\" || at3 + 1 >= text4.length) continue;
    const letter = text4[at3 + 1] ?? "";
    const meant = escapes.get(letter);
    if (letter === "$") used.add("$");
    if (meant !== void 0) {
      parts2.push(text4.slice(from, at3), meant);
      used.add(letter);
      from = at3 + 2;
    }
    at3++;
  }
  if (at3 >= text4.length) return unterminated(text4, start2);
  parts2.push(text4.slice(from, at3));
  const after = afterQuote(text4, at3 + 1);
  if (after === null) return trailing(lineEnd(text4, at3));
  const notices = [];
  const spoken2 = [...used].filter((letter) => letter !== "$").map((letter) => `\\${letter}`);
  if (spoken2.length > 0)
    notices.push(["escapes", `${spoken2.join(" ")} in double quotes became the characters they stand for`]);
  if (used.has("$"))
    notices.push(["escaped-dollar", "\\$ was kept as two characters; Compose would drop the backslash"]);
  if (/^[A-Za-z]:\\/u.test(text4.slice(start2 + 1, start2 + 4)) && (used.has("n") || used.has("t") || used.has("r"))) {
    notices.push([
      "windows-path",
      "this looks like a Windows path, and \\n, \\r or \\t in it became control characters; use single quotes",
    ]);
  }
  return { value: parts2.join(""), comment: after.comment, notices, end: after.end };
};
var ruleOf = ({ rule, limit, actual }) =>
  rule === "key-empty"
    ? "it is empty"
    : rule === "key-length"
      ? `${actual ?? ""} characters; ${limit ?? ""} are taken`
      : 'a key takes A-Z, a-z, 0-9, ".", "_" and "-", and does not begin with ".."';
var head = /^[ \t]*(?:export[ \t]+)?([^=\n]*?)[ \t]*=[ \t]*/u;
var jsonNotice = (value2) => {
  if (!/^[{[]/u.test(value2)) return [];
  try {
    JSON.parse(value2);
    return [["json", "valid JSON"]];
  } catch {
    return [];
  }
};
var commonNotices = (key2, value2) => {
  const notices = [];
  if (value2 === "") notices.push(["empty", "the value is empty"]);
  if (/\$(?:\{[^}]*\}|[A-Za-z_])/u.test(value2)) {
    notices.push([
      "reference",
      "this looks like a reference to another variable; it is kept as it stands, nothing is expanded",
    ]);
  }
  if (/\$\(|`[^`]+`/u.test(value2)) {
    notices.push(["command", "this looks like a command; it is kept as it stands, nothing is executed"]);
  }
  if (!isShellName(key2)) notices.push(["not-a-shell-name", "not a shell name: older Kubernetes skips it in envFrom"]);
  return [...notices, ...jsonNotice(value2)];
};
var parseDotenv = (input) => {
  const text4 = input.replace(/^\uFEFF/u, "").replaceAll("\r\n", "\n");
  const entries2 = [];
  const errors = [];
  const seen = /* @__PURE__ */ new Map();
  let line = 1;
  let at3 = 0;
  const fail3 = (id4, message, where) => {
    errors.push({ line: where, id: id4, message: `Line ${where}: ${message}.` });
  };
  const move2 = (end) => {
    for (let i = text4.indexOf("\n", at3); i !== -1 && i < end; i = text4.indexOf("\n", i + 1)) line++;
    if (end < text4.length) line++;
    at3 = end + 1;
  };
  while (at3 < text4.length) {
    const end = lineEnd(text4, at3);
    const whole2 = text4.slice(at3, end);
    if (/^[ \t]*(?:#|$)/u.test(whole2)) {
      move2(end);
      continue;
    }
    const matched = head.exec(whole2);
    const isQuoted = matched !== null && /["']/u.test(whole2.charAt(matched[0].length));
    if (!isQuoted && /-----BEGIN [A-Z0-9 ]+-----/u.test(whole2) && !whole2.includes("-----END ")) {
      fail3("pem-unquoted", 'a PEM block over several lines needs quotes: KEY="-----BEGIN \u2026"', line);
      const close = text4.indexOf("-----END ", at3);
      move2(close === -1 ? text4.length : lineEnd(text4, close));
      continue;
    }
    if (matched === null) {
      const yaml = /^[ \t]*[\w.-]+:(?:[ \t]|$)/u.test(whole2);
      if (yaml) fail3("colon", "a key and a colon: is this YAML? Import it as YAML, or write KEY=value", line);
      else fail3("no-equals", "there is no = on this line; write KEY=value", line);
      move2(end);
      continue;
    }
    const key2 = matched[1] ?? "";
    const start2 = at3 + matched[0].length;
    const where = line;
    if (text4.startsWith('"""', start2) || text4.startsWith("'''", start2)) {
      fail3(
        "triple-quote",
        "triple quotes are not part of .env; a value in simple quotes may have several lines",
        where,
      );
      const close = text4.indexOf(text4.slice(start2, start2 + 3), start2 + 3);
      move2(lineEnd(text4, close === -1 ? start2 : close));
      continue;
    }
    const read3 =
      text4[start2] === "'"
        ? readSingle(text4, start2)
        : text4[start2] === '"'
          ? readDouble(text4, start2)
          : readPlain(text4, start2);
    move2(read3.end);
    if ("id" in read3) {
      fail3(read3.id, read3.message, where);
      continue;
    }
    const broken2 = checkKey(key2);
    if (broken2 !== null) {
      fail3(broken2.rule, `what stands before the = is not a key (${ruleOf(broken2)})`, where);
      continue;
    }
    const earlier = seen.get(key2);
    if (earlier !== void 0) {
      if (earlier.value !== read3.value)
        fail3("duplicate", `\`${key2}\` stands on line ${earlier.line} too, with another value; keep one`, where);
      continue;
    }
    const { bytes, lines } = valueFacts(read3.value);
    const notices = [...read3.notices, ...commonNotices(key2, read3.value)].map(([id4, message]) => ({
      id: id4,
      message,
      key: key2,
      line: where,
    }));
    const entry3 = { key: key2, value: read3.value, line: where, bytes, lines, comment: read3.comment, notices };
    seen.set(key2, entry3);
    entries2.push(entry3);
  }
  return { entries: entries2, errors };
};

// pairs/src/json.ts
var isRecord = (value2) => typeof value2 === "object" && value2 !== null && !Array.isArray(value2);
var fromBase64 = (text4) => {
  try {
    return Uint8Array.from(atob(text4), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
};
var pairsOfMap = (map, what) => {
  const entries2 = [];
  const errors = [];
  if (!isRecord(map))
    return {
      entries: entries2,
      errors: [{ line: 0, id: "not-a-map", message: `The ${what} is not a map of keys and values.` }],
    };
  for (const [key2, raw] of Object.entries(map)) {
    const fail3 = (id4, message) => {
      errors.push({ line: 0, id: id4, message });
    };
    const broken2 = checkKey(key2);
    if (broken2 !== null) {
      fail3(broken2.rule, broken2.message);
      continue;
    }
    const notices = [];
    let value2;
    if (typeof raw === "string") value2 = raw;
    else if (typeof raw === "number" || typeof raw === "boolean") {
      value2 = String(raw);
      notices.push({ id: "not-a-string", key: key2, message: `\`${key2}\` was a ${typeof raw}: taken as its text` });
    } else if (isRecord(raw) && Object.keys(raw).length === 1 && typeof raw["base64"] === "string") {
      const bytes2 = fromBase64(raw["base64"]);
      if (bytes2 === null) {
        fail3("base64", `\`${key2}\`: base64 is not valid.`);
        continue;
      }
      value2 = bytes2;
    } else {
      fail3(
        raw === null ? "null" : "nested",
        `\`${key2}\` is ${raw === null ? "null" : "not a text"}: values are texts; write nested data as a text.`,
      );
      continue;
    }
    const { bytes, lines } = valueFacts(value2);
    entries2.push({ key: key2, value: value2, line: 0, bytes, lines, notices });
  }
  return { entries: entries2, errors };
};
var duplicates = (text4) => {
  const seen = /* @__PURE__ */ new Set();
  const twice = [];
  let depth = 0;
  for (const match of text4.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gsu)) {
    const [token3] = match;
    if (token3 === "{" || token3 === "[") depth++;
    else if (token3 === "}" || token3 === "]") depth--;
    else if (
      depth === 1 &&
      /^\s*:/u.test(text4.slice(match.index + token3.length, match.index + token3.length + 200))
    ) {
      const key2 = JSON.parse(token3);
      if (typeof key2 !== "string") continue;
      if (seen.has(key2)) twice.push(key2);
      seen.add(key2);
    }
  }
  return twice;
};
var parseJson = (text4) => {
  let map;
  try {
    map = JSON.parse(text4.replace(/^\uFEFF/u, ""));
  } catch {
    return { entries: [], errors: [{ line: 0, id: "json", message: "The text is not JSON." }] };
  }
  const twice = duplicates(text4);
  const result = pairsOfMap(map, "JSON");
  return twice.length === 0
    ? result
    : {
        ...result,
        errors: [
          ...result.errors,
          ...twice.map((key2) => ({ line: 0, id: "duplicate", message: `\`${key2}\` stands twice; keep one.` })),
        ],
      };
};

// pairs/src/required-keys.ts
var requiredKeys = (chart) => {
  const named3 = (chart.annotation ?? "").split(/[\s,]+/u).map((key2) => ({ key: key2, source: "Chart.yaml" }));
  const example =
    chart.envExample === null
      ? []
      : parseDotenv(chart.envExample).entries.map(({ key: key2 }) => ({ key: key2, source: ".env.example" }));
  const found = /* @__PURE__ */ new Map();
  for (const one of [...named3, ...example])
    if (!found.has(one.key) && checkKey(one.key) === null) found.set(one.key, one);
  return [...found.values()];
};

// pairs/src/read-pairs.ts
var sniffFormat = (text4) => (/^\uFEFF?\s*\{/u.test(text4) ? "json" : "dotenv");
var readPairs = (text4, options) => {
  const format4 = options.format ?? sniffFormat(text4);
  if (format4 === "json") return parseJson(text4);
  if (format4 === "dotenv") return parseDotenv(text4);
  try {
    return pairsOfMap(options.yaml(text4), "YAML");
  } catch {
    return { entries: [], errors: [{ line: 0, id: "yaml", message: "The text is not YAML." }] };
  }
};

// pairs/src/secret-looking.ts
var shapes = [
  [/\bA(?:KIA|SIA)[A-Z0-9]{16}\b/u, "an AWS access key id"],
  [/\bsk_live_[A-Za-z0-9]{8,}/u, "a live payment API key"],
  [/-----BEGIN [A-Z ]{0,20}PRIVATE KEY/u, "a private key"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/u, "a GitHub token"],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/u, "a Slack token"],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,200}:[^\s:/@]{1,200}@/u, "an address with a password in it"],
];
var secretLooking = (text4) =>
  text4.split("\n").flatMap((line, index) =>
    shapes
      .filter(([shape4]) => shape4.test(line))
      .map(([, what]) => ({
        line: index + 1,
        message: `line ${index + 1} looks like ${what}: save it as a secret and refer to it with secretKeyRef`,
      })),
  );

// preflight/src/rules/env-too-large.ts
var envTooLarge = envRule(
  {
    id: "env-too-large",
    about:
      "Linux takes 131,071 bytes for one `NAME=value` of a process. With a larger one the container does not start.",
  },
  (read3, { keys: keys2 }) => {
    const bytes = read3.envName.length + 1 + (keys2.get(read3.key)?.bytes ?? 0);
    return bytes > limits.envEntryBytes
      ? {
          severity: "error",
          message: `${whereRead(read3)}: \`${read3.envName}=\u2026\` has ${bytes} bytes; an environment variable takes ${limits.envEntryBytes}.`,
          fix: "Mount it as a file, or make it smaller.",
        }
      : null;
  },
);

// preflight/src/rules/envfrom-unusable-name.ts
var envFromName = envRule(
  {
    id: "envfrom-unusable-name",
    about:
      "A container reads all keys with envFrom, and one is no usable variable name. One that begins with a digit is left out by Kubernetes before 1.34; with a dot or a dash it arrives, and no shell can name it.",
  },
  (read3) => {
    if (read3.reference.how !== "envFrom" || isShellName(read3.envName)) return null;
    const isLeftOut = /^[0-9]/u.test(read3.envName);
    return {
      severity: isLeftOut ? "warning" : "note",
      message: `${whereRead(read3)} reads all keys with envFrom; \`${read3.envName}\` ${isLeftOut ? "begins with a digit, and Kubernetes before 1.34 leaves it out" : "arrives, and no shell can name it"}.`,
      fix: "Rename the key, or name it with secretKeyRef under another variable.",
    };
  },
);

// preflight/src/rules/foreign-namespace.ts
var foreignNamespace = {
  id: "foreign-namespace",
  about:
    "An object in another namespace names the Secret. A pod reads Secrets of its own namespace only, so it gets another one or none.",
  *check({ elsewhere, secretName: secretName2, namespace }) {
    for (const object of new Set(elsewhere.map((reference) => reference.object))) {
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf2(object)} lies in the namespace ${object.namespace ?? ""} and names ${secretName2}: it cannot read the one of ${namespace}.`,
        fix: `Take metadata.namespace out of ${fileOf(object)}, or make an environment for that namespace.`,
      };
    }
  },
};

// preflight/src/rules/held-workload.ts
var holds = ({ kind: kind2, body }) => {
  const strategy = nodeAt(body, "spec", "updateStrategy");
  const partition = nodeAt(strategy, "rollingUpdate", "partition") ?? nodeAt(strategy, "partition");
  if (nodeAt(strategy, "type") === "OnDelete") return "updateStrategy OnDelete";
  if (isTrue(body, "spec", "paused") || isTrue(strategy, "paused") || isTrue(strategy, "rollingUpdate", "paused"))
    return "paused";
  if ((typeof partition === "number" && partition > 0) || (typeof partition === "string" && partition !== "0%"))
    return `partition ${partition}`;
  if (kind2 !== "Rollout") return null;
  const waits = listAt(body, "spec", "strategy", "canary", "steps").some(
    (step) => nodeAt(step, "pause") !== void 0 && nodeAt(step, "pause", "duration") === void 0,
  );
  if (waits) return "a canary step that waits for somebody";
  return nodeAt(body, "spec", "strategy", "blueGreen", "autoPromotionEnabled") === false
    ? "autoPromotionEnabled false"
    : null;
};
var heldWorkload = {
  id: "held-workload",
  about:
    "A consumer is held back on purpose (OnDelete, partition, paused, a waiting step): its pods keep their values until somebody restarts them.",
  *check({ consumers: consumers2, objects }) {
    const rollouts = rolloutsByDeployment(objects);
    for (const { object } of consumers2) {
      const roller = (object.kind === "Deployment" ? rollouts.get(object.name) : void 0) ?? object;
      const why = holds(roller);
      if (why === null) continue;
      yield {
        ...at(roller),
        severity: "warning",
        message: `${nameOf2(roller)} is held back on purpose (${why}): its pods keep their values until somebody restarts them.`,
        fix: "Nothing, when that is meant; the deployment ends with it held.",
      };
    }
  },
};

// preflight/src/rules/hpa-replicas.ts
var scalers = /* @__PURE__ */ new Set(["HorizontalPodAutoscaler", "ScaledObject"]);
var hpaReplicas = {
  id: "hpa-replicas",
  about:
    "An autoscaler sets the number of pods and the chart renders spec.replicas too. Helm 4's server-side apply conflicts with it; Helm 3 sets the number back at each upgrade.",
  *check({ objects, helmMajor }) {
    for (const scaler of objects) {
      if (!scalers.has(scaler.kind)) continue;
      const kind2 = textAt(scaler.body, "spec", "scaleTargetRef", "kind") ?? "Deployment";
      const name3 = textAt(scaler.body, "spec", "scaleTargetRef", "name");
      const target = objects.find(
        (one) => one.kind === kind2 && one.name === name3 && one.namespace === scaler.namespace,
      );
      const replicas = target === void 0 ? void 0 : nodeAt(target.body, "spec", "replicas");
      if (target === void 0 || replicas === void 0 || replicas === null) continue;
      yield {
        ...at(target),
        severity: "warning",
        message: `${nameOf2(target)} has spec.replicas, and ${nameOf2(scaler)} scales it: ${helmMajor === 4 ? "an upgrade with Helm 4 can fail with a conflict" : "every upgrade sets the number back"}.`,
        fix: `Leave replicas out of ${fileOf(target)} while autoscaling is on.`,
      };
    }
  },
};

// preflight/src/rules/image-pull.ts
var imagePull = {
  id: "image-pull-secret-misuse",
  about: "The Secret is of type Opaque; imagePullSecrets need the type kubernetes.io/dockerconfigjson.",
  *check({ references: references2, secretName: secretName2 }) {
    const named3 = references2.filter(({ how }) => how === "imagePullSecrets");
    for (const object of new Set(named3.map((reference) => reference.object))) {
      yield {
        ...at(object),
        severity: "error",
        message: `${nameOf2(object)} names ${secretName2} as imagePullSecrets: registry credentials need a Secret of type kubernetes.io/dockerconfigjson.`,
        fix: "Make a Secret of that type for the registry and name it instead.",
      };
    }
  },
};

// preflight/src/rules/job-random.ts
var hasOwnName = (object, { helmRevision, templates }) => {
  if (nodeAt(object.body, "metadata", "name") === void 0) return true;
  const says = templateSays(object, templates, /\.Release\.Revision\b|\bnow\b|\brand[A-Z]|\buuidv4\b/u);
  if (says === false) return false;
  const number3 = String(helmRevision ?? 1);
  return object.name.split(/\D+/u).some((part) => part === number3 || (says === true && part.length > 5));
};
var jobRandom = {
  id: "job-random-annotation",
  about:
    "A Job that is no hook has a random value in its pod template. A Job's template cannot change, so every upgrade fails, unless its name changes too.",
  *check(subject) {
    for (const object of subject.objects) {
      if (object.kind !== "Job" || object.origin === "hook") continue;
      const random = isRandom(object, subject);
      if (random === false || subject.again === void 0 || hasOwnName(object, subject)) continue;
      const expires = nodeAt(object.body, "spec", "ttlSecondsAfterFinished") !== void 0;
      const isSure = random === true && !expires;
      yield {
        ...at(object),
        severity: isSure ? "error" : "warning",
        message: `${nameOf2(object)} has a value in its pod template that is ${random === true ? "random" : "random, or kept in the cluster"}: a Job's template cannot change, so ${expires ? "an upgrade fails while the finished Job is still there" : "every upgrade fails"}.`,
        fix: `Take it out of ${fileOf(object)}, give the Job a name with {{ .Release.Revision }}, or make it a hook.`,
      };
    }
  },
};

// preflight/src/rules/lookup-copies.ts
var lookupCopies = {
  id: "lookup-copies-secret",
  about:
    "A template looks up a Secret and puts its data into an object that is no Secret, where everybody who may look at it reads it, in the cluster and in Helm's release.",
  *check({ objects, templates }) {
    if (templates === void 0) return;
    const copying = copyingFiles(templates);
    if (copying.size === 0) return;
    for (const object of objects) {
      if (object.kind === "Secret" || object.source === null || !copying.has(object.source)) continue;
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf2(object)} comes from a template that looks up a Secret and puts its values into what it renders: they would lie there in plain text.`,
        fix: `In ${fileOf(object)}, refer to the Secret (secretKeyRef, a volume) instead of copying from it.`,
      };
    }
  },
};

// preflight/src/rules/missing-key.ts
var missingKey = {
  id: "missing-key",
  about: "A container needs a key of the Secret that is not saved: its pod does not start.",
  *check({ references: references2, keys: keys2, removedKeys = [], secretName: secretName2 }) {
    for (const { object, container, key: key2, how, optional } of references2) {
      if (key2 === null || optional || keys2.has(key2) || removedKeys.includes(key2) || how === "imagePullSecrets")
        continue;
      const near = nearest(key2, keys2.keys());
      const meant = near === null ? "" : ` Did you mean \`${near}\`?`;
      const isSure = how !== "other" && runsAtDeploy(object);
      yield {
        ...at(object, container, key2),
        severity: isSure ? "error" : "warning",
        message: `${withContainer(object, container)} needs \`${key2}\` of ${secretName2}, which is not saved.${meant}`,
        fix:
          near === null
            ? `Save it: keyroll set ${key2}`
            : `Correct the name in ${fileOf(object)}, or save it: keyroll set ${key2}`,
      };
    }
  },
};

// preflight/src/rules/no-roll-trigger.ts
var looksLikeOne = (object) => {
  const annotations = nodeAt(templateOf(object), "metadata", "annotations");
  if (!isNode(annotations)) return null;
  const names2 = Object.keys(annotations);
  const checksum = names2.find((name3) => /(?:^|\/)(?:checksum|hash)(?:[./-]|$)/iu.test(name3));
  if (checksum !== void 0) return `its annotation ${checksum} follows files of the chart, not the Secret`;
  return names2.includes("rollme") ? "its rollme is the same text each time" : null;
};
var noRollTrigger = {
  id: "no-roll-trigger",
  about:
    "Nothing in the pod template changes when a secret does: no random annotation, label or variable. A checksum of the chart's own files does not follow the Secret.",
  *check({ consumers: consumers2, restart }) {
    for (const { object, rollTrigger, rolls: rolls2 } of consumers2) {
      if (rollTrigger !== false || !rolls2) continue;
      const helped = restart === "auto" || restart === "inject" || restart === "patch";
      const like = looksLikeOne(object);
      const why = `${nameOf2(object)} has nothing in its pod template that changes with a deployment${like === null ? "" : ` (${like})`}`;
      yield {
        ...at(object),
        severity: helped ? "note" : "warning",
        message: helped
          ? `${why}; Keyroll adds an annotation when its keys change.`
          : `${why}: its pods keep their old values.`,
        fix: helped
          ? "Nothing to do."
          : "Set the environment's restart to auto, or add rollme: {{ randAlphaNum 5 | quote }} to spec.template.metadata.annotations.",
      };
    }
  },
};

// preflight/src/rules/optional-key-missing.ts
var optionalKeyMissing = {
  id: "optional-key-missing",
  about: "An optional key is not saved. Kubernetes leaves it out without a word, so a mistyped name is seen only here.",
  *check({ references: references2, keys: keys2, secretName: secretName2 }) {
    for (const { object, container, key: key2, how, optional } of references2) {
      if (key2 === null || !optional || keys2.has(key2) || how === "imagePullSecrets") continue;
      const near = key2.length < 4 ? null : nearest(key2, keys2.keys());
      const isTaken = references2.some((one) => one.object === object && one.key === near);
      const isTypo = near !== null && !isTaken;
      yield {
        ...at(object, container, key2),
        severity: isTypo ? "warning" : "note",
        message: `${withContainer(object, container)} takes \`${key2}\` of ${secretName2} if it is there; it is not saved.${isTypo ? ` Did you mean \`${near}\`?` : ""}`,
        fix: isTypo
          ? `Correct the name in ${fileOf(object)}, or save it: keyroll set ${key2}`
          : "Nothing, when that is meant.",
      };
    }
  },
};

// preflight/src/rules/release-too-large.ts
var most = 1024 * 1024;
var releaseTooLarge = {
  id: "release-too-large",
  about:
    "Helm keeps the whole release (chart, values, manifest) in one Secret of at most 1 MiB, packed. A larger one fails at the end of the upgrade.",
  *check({ releaseBytes: releaseBytes2 = null }) {
    if (releaseBytes2 === null || releaseBytes2 <= most * 0.9) return;
    const isOver = releaseBytes2 > most;
    yield {
      ...at(null),
      severity: isOver ? "error" : "warning",
      message: `The release takes ${releaseBytes2} bytes where Helm keeps it; ${most} fit${isOver ? "" : ", so it is nearly full"}.`,
      fix: "Name files that the chart does not need in .helmignore, or make large ConfigMaps smaller.",
    };
  },
};

// preflight/src/rules/removed-key-in-use.ts
var removedKeyInUse = {
  id: "removed-key-in-use",
  about:
    "A key is removed in this revision while running pods still name it. What this deployment does not replace would not start again once the key is gone.",
  *check({ removedKeys = [], running: running2 = [], consumers: consumers2 }) {
    for (const key2 of removedKeys) {
      for (const { kind: kind2, name: name3, uses: uses2, inRelease } of running2) {
        if (uses2 === "all" || !uses2.includes(key2)) continue;
        const after = consumers2.find(({ object }) => object.kind === kind2 && object.name === name3);
        if (after !== void 0 && (after.uses === "all" || after.uses.includes(key2))) continue;
        const isReplaced = inRelease && after?.rolls !== false;
        yield {
          ...at(null, null, key2),
          object: { kind: kind2, namespace: null, name: name3 },
          severity: "warning",
          message: `\`${key2}\` is removed in this revision, and running pods of ${kind2}/${name3} still use it.`,
          fix: isReplaced
            ? "Nothing, when the rollout replaces them: until then the key stays in the Secret."
            : `Change ${kind2}/${name3} first: it is not replaced by this deployment.`,
        };
      }
    }
  },
};

// preflight/src/rules/removed-key-needed.ts
var removedKeyNeeded = {
  id: "removed-key-needed",
  about: "A key is removed in this revision and the new manifest still needs it: its pods would not start.",
  *check({ references: references2, keys: keys2, removedKeys = [], secretName: secretName2 }) {
    for (const { object, container, key: key2, how, optional } of references2) {
      if (key2 === null || optional || keys2.has(key2) || !removedKeys.includes(key2) || how === "imagePullSecrets")
        continue;
      yield {
        ...at(object, container, key2),
        severity: how === "other" ? "warning" : "error",
        message: `${withContainer(object, container)} still needs \`${key2}\` of ${secretName2}, which this revision removes.`,
        fix: `Deploy a chart that does without it first, or save it again: keyroll set ${key2}`,
      };
    }
  },
};

// preflight/src/rules/removed-key.ts
var removedKey = {
  id: "removed-key-stays",
  about:
    "A key is removed in this revision. It stays in the Secret until the rollout is over, so that old pods that restart still find it.",
  *check({ removedKeys = [] }) {
    for (const key2 of removedKeys) {
      yield {
        ...at(null, null, key2),
        severity: "note",
        message: `\`${key2}\` is removed in this revision; it stays in the Secret until the rollout is over.`,
        fix: "Nothing to do.",
      };
    }
  },
};

// preflight/src/rules/required-key-missing.ts
var requiredKeyMissing = {
  id: "required-key-missing",
  about:
    "The chart's contract (keyroll.dev/requires in Chart.yaml, or .env.example) names a key that is not saved. An error where a container reads all keys and so would start without it.",
  *check({ required = [], references: references2, keys: keys2, secretName: secretName2 }) {
    const named3 = new Set(references2.map(({ key: key2 }) => key2));
    const reader = references2.find(({ key: key2, how }) => key2 === null && (how === "envFrom" || how === "volume"));
    for (const { key: key2, source } of required) {
      if (keys2.has(key2) || named3.has(key2)) continue;
      const near = nearest(key2, keys2.keys());
      const meant = near === null ? "" : ` Did you mean \`${near}\`?`;
      const who = reader === void 0 ? "" : ` ${nameOf2(reader.object)} reads all keys and would start without it.`;
      yield {
        ...at(null, null, key2),
        source,
        severity: reader === void 0 ? "warning" : "error",
        message: `${source} of the chart says that it needs \`${key2}\` of ${secretName2}, which is not saved.${who}${meant}`,
        fix: `Save it: keyroll set ${key2}`,
      };
    }
  },
};

// preflight/src/rules/rollme-misplaced.ts
var rollmeMisplaced = {
  id: "rollme-misplaced",
  about:
    "rollme belongs to spec.template.metadata.annotations. Directly below the template Helm 4 refuses it, and Helm 3 installs once and fails at every upgrade; on the object itself it restarts nothing.",
  *check({ objects, helmMajor }) {
    for (const object of objects) {
      const template3 = templateOf(object);
      if (template3 === null) continue;
      const wrong = ["annotations", "labels"].find((name3) => isNode(template3[name3]));
      if (wrong !== void 0) {
        const isRefused = kindOf(object)?.builtIn === true;
        const what =
          helmMajor === 4 ? "4 refuses to install this" : "3 installs it once, and every upgrade after that fails";
        yield {
          ...at(object),
          severity: isRefused ? "error" : "warning",
          message: `${nameOf2(object)}: ${wrong} stand directly below the pod template; ${isRefused ? `Helm ${what}` : "they restart nothing there"}.`,
          fix: `In ${fileOf(object)}, move them one level down: spec.template.metadata.${wrong}.`,
        };
      }
      const outer = nodeAt(object.body, "metadata", "annotations");
      const inner = nodeAt(template3, "metadata", "annotations");
      if (isNode(outer) && "rollme" in outer && !(isNode(inner) && "rollme" in inner)) {
        yield {
          ...at(object),
          severity: "warning",
          message: `${nameOf2(object)}: rollme stands on the object, not on the pod template: it restarts nothing.`,
          fix: `In ${fileOf(object)}, move it to spec.template.metadata.annotations.`,
        };
      }
    }
  },
};

// preflight/src/rules/secret-made-by-operator.ts
var makes = (object) => {
  const { kind: kind2, body, name: name3, apiVersion } = object;
  const group = apiVersion.split("/")[0] ?? "";
  switch (kind2) {
    case "ExternalSecret":
      return group === "external-secrets.io" ? [textAt(body, "spec", "target", "name") ?? name3] : [];
    case "SealedSecret":
      return [textAt(body, "spec", "template", "metadata", "name") ?? name3];
    case "VaultStaticSecret":
    case "VaultDynamicSecret":
    case "VaultPKISecret":
      return [textAt(body, "spec", "destination", "name")];
    case "InfisicalSecret":
      return [textAt(body, "spec", "managedSecretReference", "secretName")];
    case "DopplerSecret":
      return [textAt(body, "spec", "managedSecret", "name")];
    case "OnePasswordItem":
      return [name3];
    case "Certificate":
      return group === "cert-manager.io" ? [textAt(body, "spec", "secretName")] : [];
    case "SecretProviderClass":
      return listAt(body, "spec", "secretObjects").map((one) => textAt(one, "secretName"));
    default:
      return [];
  }
};
var secretMadeByOperator = {
  id: "secret-made-by-operator",
  about:
    "The chart renders an object of which an operator makes a Secret of this name: it would overwrite the saved pairs.",
  fixed: true,
  *check({ objects, secretName: secretName2, namespace }) {
    for (const object of objects) {
      if (!isHere(object, namespace) || !makes(object).includes(secretName2)) continue;
      yield {
        ...at(object),
        severity: "error",
        message: `Of ${nameOf2(object)} an operator makes the Secret ${secretName2}: it and Keyroll would overwrite each other.`,
        fix: `Take it out of ${fileOf(object)}, or give the environment another Secret name.`,
      };
    }
  },
};

// preflight/src/rules/secret-missing.ts
var secretMissing = {
  id: "secret-missing",
  about:
    "A container reads the whole Secret and nothing is saved. Keyroll writes an empty Secret before Helm, so the pod starts, and starts without a single value.",
  *check({ references: references2, keys: keys2, secretName: secretName2 }) {
    if (keys2.size > 0) return;
    const seen = /* @__PURE__ */ new Set();
    for (const { object, container, key: key2, optional, how } of references2) {
      if (key2 !== null || optional || how === "other" || how === "serviceAccount") continue;
      const who = withContainer(object, container);
      if (seen.has(who)) continue;
      seen.add(who);
      yield {
        ...at(object, container),
        severity: "warning",
        message: `${who} reads all keys of ${secretName2}, and nothing is saved: it would start without any.`,
        fix: "Save what it needs: keyroll set KEY, or keyroll import .env",
      };
    }
  },
};

// preflight/src/rules/secret-name-near.ts
var secretNameNear = {
  id: "secret-name-near",
  about:
    "A container reads a Secret whose name is nearly that of the environment's, and the chart makes no such Secret.",
  *check({ objects, secretName: secretName2, namespace }) {
    const made = new Set(objects.filter(({ kind: kind2 }) => kind2 === "Secret").map(({ name: name3 }) => name3));
    for (const object of objects) {
      if (!isHere(object, namespace)) continue;
      const seen = /* @__PURE__ */ new Set();
      for (const { name: name3, container } of otherSecrets(object)) {
        const isNear =
          name3 !== secretName2 &&
          Math.abs(name3.length - secretName2.length) <= 2 &&
          nearest(name3, [secretName2]) !== null;
        if (!isNear || made.has(name3) || seen.has(`${container} ${name3}`) || !isSlip(name3, secretName2)) continue;
        seen.add(`${container} ${name3}`);
        yield {
          ...at(object, container),
          severity: "warning",
          message: `${withContainer(object, container)} reads the Secret ${name3}, which the chart does not make. Did you mean ${secretName2}?`,
          fix: `Correct the name in ${fileOf(object)}, if ${secretName2} is meant.`,
        };
      }
    }
  },
};
var isSlip = (name3, wanted) => {
  const digits2 = (text4) => text4.replaceAll(/\D/gu, "");
  return digits2(name3) === digits2(wanted) && name3.split("-").length <= wanted.split("-").length;
};

// preflight/src/rules/secret-rendered.ts
var secretRendered = {
  id: "secret-rendered-by-chart",
  about:
    "The chart renders the Secret itself. As an ordinary object Helm refuses it or both fight over it; as a hook it silently replaces the saved pairs.",
  fixed: true,
  *check({ objects, secretName: secretName2, namespace }) {
    for (const object of objects) {
      if (object.kind !== "Secret" || object.name !== secretName2 || !isHere(object, namespace)) continue;
      yield {
        ...at(object),
        severity: "error",
        message:
          object.origin === "hook"
            ? `The chart makes a Secret ${secretName2} as a hook: it would silently replace the saved pairs.`
            : `The chart makes a Secret ${secretName2} itself: Helm and Keyroll cannot both own it.`,
        fix: `Take it out of ${fileOf(object)}, or give the environment another Secret name.`,
      };
    }
  },
};

// preflight/src/rules/service-link-collision.ts
var absent = (place3, subject) => {
  const { keys: keys2, secretName: secretName2, required = [], removedKeys = [] } = subject;
  const optional = listAt(place3.container, "env").flatMap((env) => {
    const ref = nodeAt(env, "valueFrom", "secretKeyRef");
    const key2 = textAt(ref, "key") ?? "";
    if (textAt(ref, "name") !== secretName2 || !isTrue(ref, "optional") || keys2.has(key2)) return [];
    return [{ variable: textAt(env, "name") ?? key2, key: key2 }];
  });
  const wanted = [...required.map(({ key: key2 }) => key2), ...removedKeys].filter((key2) => !keys2.has(key2));
  const fromAll = sourcesOf(place3, subject)
    .filter(({ ours }) => ours)
    .flatMap(({ prefix: prefix2 }) => wanted.map((key2) => ({ variable: prefix2 + key2, key: key2 })));
  return [...optional, ...fromAll];
};
var serviceLinkCollision = {
  id: "service-link-collision",
  about:
    "Kubernetes gives every pod variables for each Service (REDIS_PORT=tcp://\u2026). A key of such a name that is not saved is silently replaced by them.",
  *check(subject) {
    const links2 = serviceLinks(subject);
    if (links2.length === 0) return;
    for (const place3 of subject.places) {
      if (!takesLinks(place3)) continue;
      for (const { variable: variable3, key: key2 } of absent(place3, subject)) {
        const link = links2.find(({ variables }) => variables.has(variable3));
        if (link === void 0) continue;
        yield {
          ...at(place3.object, place3.name, key2),
          severity: "warning",
          message: `${withContainer(place3.object, place3.name)}: \`${key2}\` is not saved, so ${variable3} gets the text that Kubernetes makes of Service/${link.name}.`,
          fix: `Save it: keyroll set ${key2}; or set enableServiceLinks: false in the pod.`,
        };
      }
    }
  },
};

// preflight/src/rules/sub-path.ts
var subPath = {
  id: "sub-path",
  about: "A file that is mounted with subPath does not follow the Secret: it changes only when the pod is replaced.",
  *check({ references: references2, restart }) {
    const isRestarted2 = restart !== "off";
    for (const { object, container, key: key2, how } of references2) {
      if (how !== "subPath") continue;
      yield {
        ...at(object, container, key2),
        severity: isRestarted2 ? "note" : "warning",
        message: `${nameOf2(object)} mounts the Secret with subPath: the file changes only when the pod is replaced.`,
        fix: isRestarted2
          ? "Nothing to do: a deployment replaces the pod."
          : "Mount the whole volume, or restart the pods after a deployment.",
      };
    }
  },
};

// preflight/src/rules/unresolved-variable.ts
var namesIn = (text4) =>
  typeof text4 !== "string"
    ? []
    : [...text4.matchAll(/\$\$|\$\(([A-Za-z_][-._A-Za-z0-9]*)\)/gu)].flatMap(([, name3]) => name3 ?? []);
var usesIn = ({ container }) => {
  const set = /* @__PURE__ */ new Set();
  const uses2 = [];
  for (const env of listAt(container, "env")) {
    const name3 = textAt(env, "name") ?? "";
    for (const used of namesIn(textAt(env, "value")))
      uses2.push({ name: used, where: `the value of ${name3}`, set: new Set(set) });
    set.add(name3);
  }
  for (const list2 of ["command", "args"])
    for (const text4 of listAt(container, list2))
      for (const name3 of namesIn(text4)) uses2.push({ name: name3, where: list2, set });
  return uses2;
};
var isResolved = ({ name: name3, set }, place3, subject) => {
  if (set.has(name3) || name3.startsWith("KUBERNETES_")) return true;
  const sources = sourcesOf(place3, subject);
  if (sources.some((source) => (source.names === null ? name3.startsWith(source.prefix) : source.names.has(name3))))
    return true;
  if (takesLinks(place3) && isLinkName(name3)) {
    return !subject.keys.has(name3) || serviceLinks(subject).some(({ variables }) => variables.has(name3));
  }
  return !/^[A-Z_][A-Z0-9_]+$/u.test(name3) && !subject.keys.has(name3);
};
var reason = (use, place3, subject) => {
  const { name: name3 } = use;
  const variables = listAt(place3.container, "env").flatMap((env) => textAt(env, "name") ?? []);
  const file = fileOf(place3.object);
  if (variables.includes(name3))
    return { why: `is set further down in env`, fix: `In ${file}, move ${name3} above the variable that uses it.` };
  const sources = sourcesOf(place3, subject);
  const prefixed = sources.find(
    ({ prefix: prefix2, names: names2 }) => prefix2 !== "" && names2?.has(prefix2 + name3) === true,
  );
  if (prefixed !== void 0)
    return {
      why: `is ${prefixed.prefix}${name3} here, by the prefix of envFrom`,
      fix: `In ${file}, write $(${prefixed.prefix}${name3}).`,
    };
  const near = nearest(name3, [...variables, ...sources.flatMap(({ names: names2 }) => [...(names2 ?? [])])]);
  const meant = near === null ? "" : ` Did you mean ${near}?`;
  return {
    why: `is no variable of this container.${meant}`,
    fix: `In ${file}, set ${name3} in env first${subject.keys.has(name3) ? ` (secretKeyRef, key ${name3})` : ""}, or write $$(${name3}) when it is meant literally.`,
  };
};
var unresolvedVariable = {
  id: "unresolved-variable",
  about:
    "Kubernetes replaces $(NAME) in command, args and the values of env by variables of the container. One that is not there stays literal, without a word.",
  *check(subject) {
    for (const place3 of subject.places) {
      const seen = /* @__PURE__ */ new Set();
      for (const use of usesIn(place3)) {
        if (isResolved(use, place3, subject) || seen.has(`${use.name} ${use.where}`)) continue;
        seen.add(`${use.name} ${use.where}`);
        const { why, fix } = reason(use, place3, subject);
        yield {
          ...at(place3.object, place3.name, subject.keys.has(use.name) ? use.name : null),
          severity: "warning",
          message: `${withContainer(place3.object, place3.name)}: $(${use.name}) in ${use.where} stays as it is: ${use.name} ${why}${/[.?]$/u.test(why) ? "" : "."}`,
          fix,
        };
      }
    }
  },
};

// preflight/src/rules/unused-keys.ts
var unusedKeys = {
  id: "unused-keys",
  about: "Keys are saved that neither the chart nor anything else in the namespace reads.",
  *check({ references: references2, keys: keys2, objects, required = [], running: running2 = [], templates }) {
    const outside2 = running2.filter(({ inRelease }) => !inRelease).map(({ uses: uses2 }) => uses2);
    const takesAll = references2.some(({ key: key2, how }) => key2 === null && how !== "serviceAccount");
    if (objects.length === 0 || takesAll || outside2.includes("all")) return;
    const used = /* @__PURE__ */ new Set([
      ...references2.map(({ key: key2 }) => key2),
      ...required.map(({ key: key2 }) => key2),
      ...outside2.flatMap((uses2) => uses2),
    ]);
    const texts = asksCluster(templates) ? [...(templates?.values() ?? [])] : [];
    const unused = [...keys2.keys()]
      .filter((key2) => !used.has(key2) && !texts.some((text4) => text4.includes(key2)))
      .toSorted();
    if (unused.length === 0) return;
    yield {
      ...at(null),
      severity: "note",
      message: `Not used by the chart: ${unused.slice(0, 20).join(", ")}${unused.length > 20 ? " \u2026" : ""} (${unused.length} of ${keys2.size}).`,
      fix: "Nothing, or remove what nobody needs.",
    };
  },
};

// preflight/src/rules.ts
var rules = [
  missingKey,
  removedKeyNeeded,
  requiredKeyMissing,
  secretRendered,
  secretMadeByOperator,
  rollmeMisplaced,
  envNul,
  envTooLarge,
  envNotUtf8,
  imagePull,
  envDuplicate,
  jobRandom,
  releaseTooLarge,
  secretMissing,
  optionalKeyMissing,
  secretNameNear,
  foreignNamespace,
  noRollTrigger,
  removedKeyInUse,
  unresolvedVariable,
  envShadowed,
  serviceLinkCollision,
  lookupCopies,
  envFromName,
  heldWorkload,
  barePod,
  downtime,
  hpaReplicas,
  subPath,
  removedKey,
  unusedKeys,
];

// preflight/src/secret-names.ts
var secretNames = (pod) => {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((field2) => listAt(pod, field2));
  const found = [
    ...containers.flatMap((container) => [
      ...listAt(container, "env").map((env) => textAt(env, "valueFrom", "secretKeyRef", "name")),
      ...listAt(container, "envFrom").map((from) => textAt(from, "secretRef", "name")),
    ]),
    ...listAt(pod, "volumes").flatMap((volume) => [
      textAt(volume, "secret", "secretName"),
      ...listAt(volume, "projected", "sources").map((source) => textAt(source, "secret", "name")),
    ]),
  ];
  return [...new Set(found.flatMap((name3) => name3 ?? []))].toSorted();
};

// preflight/src/index.ts
var order = { error: 0, warning: 1, note: 2 };
var preflight = (input) => {
  const { objects, namespace } = input;
  const all = references(objects, input);
  const subject = {
    ...input,
    references: all.filter(({ object }) => isHere(object, namespace)),
    elsewhere: all.filter(({ object }) => !isHere(object, namespace)),
    consumers: consumers(all, input, input),
    places: objects
      .filter((object) => isHere(object, namespace))
      .flatMap((object) =>
        podsOf(object).flatMap((pod) => containersOf(pod).map((container) => ({ ...container, object, pod }))),
      ),
  };
  const findings = rules.flatMap((rule) =>
    [...rule.check(subject)].map((finding4) => ({ rule: rule.id, ...finding4 })),
  );
  return {
    references: subject.references,
    consumers: subject.consumers,
    findings: findings.toSorted((a, b) => order[a.severity] - order[b.severity]),
  };
};
var blocking = (findings, ignored = []) =>
  findings.filter(
    ({ severity: severity2, rule }) => severity2 === "error" && (isFixed(rule) || !ignored.includes(rule)),
  );
var ruleIds = rules.map(({ id: id4 }) => id4);
var isFixed = (id4) => rules.some((rule) => rule.id === id4 && rule.fixed === true);

// server/src/main.ts
import { createAdaptorServer } from "@hono/node-server";
import { pino } from "pino";
import { collectDefaultMetrics, Registry as Registry2 } from "prom-client";

// server/src/adapters/clock/system.ts
import { setTimeout as wait } from "node:timers/promises";
var systemClock = {
  now: () => Date.now(),
  sleep: async (ms, signal2) => {
    await wait(ms, void 0, signal2 === void 0 ? {} : { signal: signal2 });
  },
};

// server/src/adapters/egress/egress.ts
import { BlockList, isIP } from "node:net";
var listOf = (networks) => {
  const list2 = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === void 0) list2.addAddress(address, family);
    else list2.addSubnet(address, Number(bits), family);
  }
  return list2;
};
var never2 = listOf([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "fe80::/10",
  "ff00::/8",
  "fd00:ec2::254/128",
  "::/128",
]);
var loopback = listOf(["127.0.0.0/8", "::1/128"]);
var plainAddress = (address) => /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1] ?? address;
var isIn = (list2, address) => {
  const plain3 = plainAddress(address);
  const kind2 = isIP(plain3);
  return kind2 !== 0 && list2.check(plain3, kind2 === 6 ? "ipv6" : "ipv4");
};
var createEgress = (options) => {
  const entries2 = options.allow
    .split(",")
    .map((entry3) => entry3.trim())
    .filter((entry3) => entry3 !== "");
  const networks = listOf(entries2.filter((entry3) => isIP(entry3.split("/")[0] ?? "") !== 0));
  const hosts = new Set(
    entries2.filter((entry3) => isIP(entry3.split("/")[0] ?? "") === 0).map((entry3) => entry3.toLowerCase()),
  );
  return {
    check: (url, address) => {
      if (hosts.has(url.hostname.toLowerCase()) || isIn(networks, address)) return;
      const mapped = address.toLowerCase().startsWith("::ffff:") && isIP(plainAddress(address)) !== 4;
      const why =
        isIP(plainAddress(address)) === 0 || mapped || isIn(never2, address)
          ? "is a metadata, link-local or reserved address"
          : isIn(loopback, address) && !options.listensOnLoopback
            ? "is this machine itself"
            : null;
      if (why === null) return;
      throw new KeyrollError("invalid", `\`${url.hostname}\` ${why}: Keyroll does not connect there.`, {
        field: "server",
        next: "Use the address of the cluster or store; an operator can allow one with KEYROLL_EGRESS_ALLOW.",
        changed: false,
      });
    },
  };
};

// server/src/adapters/jobs/in-process.ts
var createJobs = (options) => {
  const { clock: clock2, afterCommit, onError } = options;
  const works = /* @__PURE__ */ new Map();
  const runs = createRuns(works, onError);
  const sweeps = [];
  let started2 = false;
  const wake = (queue, id4) => {
    if (started2) runs.wake(queue, id4);
  };
  const tick = async (name3, ms, work2) => {
    while (!runs.signal.aborted) {
      try {
        await work2(runs.signal);
      } catch (error) {
        if (!runs.signal.aborted) onError(name3, error);
      }
      await clock2.sleep(ms, runs.signal).catch(() => void 0);
    }
  };
  return {
    on: (queue, work2) => {
      works.set(queue, work2);
    },
    every: (name3, ms, work2) => {
      sweeps.push({ name: name3, ms, work: work2 });
    },
    wake: async (queue, id4, tx) => {
      if (tx === void 0) wake(queue, id4);
      else afterCommit(() => wake(queue, id4));
    },
    start: async () => {
      started2 = true;
      for (const { name: name3, ms, work: work2 } of sweeps) runs.track(tick(name3, ms, work2));
    },
    stop: async () => await runs.stop(),
  };
};

// server/src/adapters/key-wrap/master-key.ts
import { Buffer as Buffer2 } from "node:buffer";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
var version = 1;
var keyBytes = 32;
var nonceBytes = 12;
var tagBytes = 16;
var closed = (problem3, refusal4) => {
  const refuse10 = async () => {
    throw refusal4();
  };
  return { open: false, problem: problem3, wrap: refuse10, unwrap: refuse10, digest: refuse10 };
};
var sealedKeys = closed(
  "there is no master key",
  () => new KeyrollError("sealed", "There is no master key: values can be neither read nor written."),
);
var isAnotherKey = (cause) =>
  new KeyrollError(
    "integrity",
    "Something encrypted under the master key does not open: another key, or damaged data.",
    { next: "Give the master key that this database was written with." },
    { cause },
  );
var keyWrapOf = (key2, random) => ({
  open: true,
  problem: null,
  wrap: async (plain3, context2) => {
    const nonce = random.bytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", key2, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer2.from(`keyroll-wrap-${version}:${context2}`));
    return new Uint8Array(
      Buffer2.concat([Buffer2.of(version), nonce, cipher.update(plain3), cipher.final(), cipher.getAuthTag()]),
    );
  },
  unwrap: async (wrapped, context2) => {
    try {
      if (wrapped[0] !== version) throw new Error("unknown version");
      const decipher = createDecipheriv("aes-256-gcm", key2, wrapped.subarray(1, 1 + nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer2.from(`keyroll-wrap-${version}:${context2}`));
      decipher.setAuthTag(wrapped.subarray(-tagBytes));
      return new Uint8Array(
        Buffer2.concat([decipher.update(wrapped.subarray(1 + nonceBytes, -tagBytes)), decipher.final()]),
      );
    } catch (cause) {
      throw isAnotherKey(cause);
    }
  },
  digest: async (parts2, context2) => {
    const derived = hkdfSync("sha256", key2, new Uint8Array(), `keyroll-digest-${version}:${context2}`, keyBytes);
    const mac = createHmac("sha256", Buffer2.from(derived));
    for (const part of parts2) {
      const size = Buffer2.alloc(4);
      size.writeUInt32BE(part.byteLength);
      mac.update(size).update(part);
    }
    return mac.digest("base64url");
  },
});
var isMissing = (error) => error instanceof Error && "code" in error && error.code === "ENOENT";
var create = async (path4, random) => {
  const key2 = random.bytes(keyBytes);
  const file = await open(path4, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 256);
  try {
    await file.writeFile(`${Buffer2.from(key2).toString("base64")}
`);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder3 = await open(dirname(path4), constants.O_RDONLY);
  try {
    await folder3.sync();
  } finally {
    await folder3.close();
  }
  return key2;
};
var read2 = async (path4) => {
  const file = await open(path4, constants.O_RDONLY);
  try {
    const { mode } = await file.stat();
    if ((mode & 63) !== 0) {
      throw new KeyrollError(
        "invalid",
        `The master key file may be read by others (mode ${(mode & 511).toString(8)}).`,
        {
          field: "KEYROLL_MASTER_KEY_FILE",
          limit: "0400",
          actual: (mode & 511).toString(8),
          next: "chmod 0400 it, and think about whether somebody has read it.",
        },
      );
    }
    const content = await file.readFile();
    const text4 = content.toString("latin1").trim();
    const key2 = content.byteLength === keyBytes ? content : Buffer2.from(text4, "base64");
    if (key2.byteLength !== keyBytes || (content.byteLength !== keyBytes && !/^[A-Za-z0-9+/]{43}=$/u.test(text4))) {
      throw new KeyrollError("invalid", "The master key file does not hold 32 bytes, or their base64.", {
        field: "KEYROLL_MASTER_KEY_FILE",
        limit: keyBytes,
        next: "Make one: head -c 32 /dev/urandom | base64 > FILE; chmod 0400 FILE",
      });
    }
    return new Uint8Array(key2);
  } finally {
    await file.close();
  }
};
var witnessContext = "witness";
var proven = async (key2, witness2, random) => {
  const keys2 = keyWrapOf(key2, random);
  const stands =
    (await witness2.read()) ?? (await witness2.keep(await keys2.wrap(random.bytes(keyBytes), witnessContext)));
  try {
    await keys2.unwrap(stands, witnessContext);
    return keys2;
  } catch (error) {
    return closed("the master key is not the one that this database was written with", () => isAnotherKey(error));
  }
};
var openMasterKey = async (options) => {
  const { file, witness: witness2, random } = options;
  try {
    await stat(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const isFirstStart = options.mayCreate && (await witness2.read()) === null;
    return isFirstStart ? await proven(await create(file, random), witness2, random) : sealedKeys;
  }
  return await proven(await read2(file), witness2, random);
};

// server/src/adapters/pacer/bucket.ts
var unknown = { perSecond: 20, burst: 20 };
var sameThrottle = 1e3;
var rateRecovers = 3e4;
var burstRecovers = 6e5;
var slowest = 1 / 64;
var rateFor = (rates2, name3) => {
  const [best] = Object.entries(rates2)
    .filter(([prefix2]) => name3.startsWith(prefix2))
    .toSorted(([a], [b]) => b.length - a.length);
  return best?.[1] ?? unknown;
};
var fullBucket = (usual2, now) => ({
  tokens: usual2.burst,
  at: now,
  rateShare: 1,
  burstShare: 1,
  slowedAt: 0,
});
var grown = (share2, since, doubles) => Math.min(1, share2 * 2 ** (since / doubles));
var rateOf = (bucket, usual2, now) => usual2.perSecond * grown(bucket.rateShare, now - bucket.slowedAt, rateRecovers);
var burstOf = (bucket, usual2, now) =>
  Math.max(1, usual2.burst * grown(bucket.burstShare, now - bucket.slowedAt, burstRecovers));
var filled = (bucket, usual2, now) => {
  const gained = (Math.max(0, now - bucket.at) / 1e3) * rateOf(bucket, usual2, now);
  return { ...bucket, tokens: Math.min(burstOf(bucket, usual2, now), bucket.tokens + gained), at: now };
};
var timeFor = (tokens, bucket, usual2, now) => Math.ceil((Math.max(0, tokens) / rateOf(bucket, usual2, now)) * 1e3);
var slowed = (bucket, usual2, now, chance) => {
  const { tokens } = filled(bucket, usual2, now);
  const since = now - bucket.slowedAt;
  if (since < sameThrottle) return { ...bucket, tokens: Math.min(0, tokens), at: now };
  return {
    tokens: -chance,
    at: now,
    rateShare: Math.max(slowest, grown(bucket.rateShare, since, rateRecovers) / 2),
    burstShare: Math.max(slowest, grown(bucket.burstShare, since, burstRecovers) / 2),
    slowedAt: now,
  };
};

// server/src/adapters/pacer/memory.ts
var createPacer = (options) => {
  const { clock: clock2 } = options;
  const lines = /* @__PURE__ */ new Map();
  const lineOf = (name3) => {
    const known4 = lines.get(name3);
    if (known4 !== void 0) return known4;
    const usual2 = rateFor(options.rates, name3);
    const line = { usual: usual2, bucket: fullBucket(usual2, clock2.now()), last: Promise.resolve() };
    lines.set(name3, line);
    return line;
  };
  const spend = async (line, signal2) => {
    for (;;) {
      signal2?.throwIfAborted();
      const now = clock2.now();
      line.bucket = filled(line.bucket, line.usual, now);
      if (line.bucket.tokens >= 1) break;
      await clock2.sleep(timeFor(1 - line.bucket.tokens, line.bucket, line.usual, now), signal2);
    }
    line.bucket = { ...line.bucket, tokens: line.bucket.tokens - 1 };
  };
  return {
    take: async (name3, signal2) => {
      signal2?.throwIfAborted();
      const line = lineOf(name3);
      const turn = line.last.then(async () => await spend(line, signal2));
      line.last = turn.catch(() => void 0);
      await (signal2 === void 0 ? turn : unlessAborted(turn, signal2));
    },
    expects: (name3, calls) => {
      const { bucket, usual: usual2 } = lineOf(name3);
      const now = clock2.now();
      const there2 = filled(bucket, usual2, now);
      return timeFor(calls - there2.tokens, there2, usual2, now);
    },
    throttled: async (name3) => {
      const line = lineOf(name3);
      line.bucket = slowed(line.bucket, line.usual, clock2.now(), options.random.fraction());
    },
  };
};
var unlessAborted = async (turn, signal2) => {
  const { promise, reject } = Promise.withResolvers();
  const abort = () => reject(signal2.reason);
  signal2.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([turn, promise]);
  } finally {
    signal2.removeEventListener("abort", abort);
  }
};

// server/src/adapters/pacer/visit.ts
var ticketServes = 2e3;
var visit = (before, usual2, now, { waiting, ticket }) => {
  const bucket = filled(before, usual2, now);
  const isValid = ticket !== null && ticket.slowedAt === bucket.slowedAt;
  if (isValid && now < ticket.due) return { bucket, granted: 0, ticket };
  const isFresh = isValid && now <= ticket.due + ticketServes;
  const ofTicket = isFresh ? 1 : 0;
  const back = isValid && !isFresh ? 1 : 0;
  const tokens = Math.min(burstOf(bucket, usual2, now), bucket.tokens + back);
  const wanted = Math.max(0, waiting - ofTicket);
  const there2 = Math.max(0, Math.min(wanted, Math.floor(tokens)));
  if (there2 < wanted) {
    const left = tokens - there2 - 1;
    return {
      bucket: { ...bucket, tokens: left },
      granted: ofTicket + there2,
      ticket: { due: now + timeFor(-left, bucket, usual2, now), slowedAt: bucket.slowedAt },
    };
  }
  const spare = Math.max(0, Math.min(waiting, Math.floor((tokens - there2) / 4)));
  return { bucket: { ...bucket, tokens: tokens - there2 - spare }, granted: ofTicket + there2 + spare, ticket: null };
};

// server/src/adapters/pacer/postgres.ts
var spareServes = 250;
var attempts = 100;
var createPacer2 = (options) => {
  const { clock: clock2, random, buckets } = options;
  const lines = /* @__PURE__ */ new Map();
  const lineOf = (name3) => {
    const known4 = lines.get(name3);
    if (known4 !== void 0) return known4;
    const line = {
      usual: rateFor(options.rates, name3),
      waiting: [],
      spare: 0,
      spareUntil: 0,
      ticket: null,
      seen: null,
      isServed: false,
      rest: new AbortController(),
    };
    lines.set(name3, line);
    return line;
  };
  const change2 = async (name3, line, make2) => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { bucket, version: version4, now } = await buckets.read(name3);
      const made = make2(bucket ?? fullBucket(line.usual, now), now);
      if (await buckets.replace(name3, version4, made.bucket)) {
        line.seen = { bucket: made.bucket, ahead: now - clock2.now() };
        return { ...made, now };
      }
      await clock2.sleep(random.fraction() * Math.min(100, 2 ** attempt));
    }
    throw new KeyrollError("unavailable", `The pace of ${name3} could not be written: others were always faster.`, {
      next: "Try again; nothing was called.",
    });
  };
  const letGo = (line, count3) => {
    for (const waiter of line.waiting.splice(0, count3)) waiter.go();
  };
  const serveNext = async (name3, line) => {
    const asked = clock2.now();
    if (line.spare > 0 && asked < line.spareUntil) {
      const count3 = Math.min(line.spare, line.waiting.length);
      line.spare -= count3;
      letGo(line, count3);
      return;
    }
    const { granted, ticket, now } = await change2(name3, line, (bucket, now2) =>
      visit(bucket, line.usual, now2, { waiting: line.waiting.length, ticket: line.ticket }),
    );
    line.ticket = ticket;
    line.spare = Math.max(0, granted - line.waiting.length);
    line.spareUntil = asked + spareServes;
    letGo(line, granted);
    if (ticket === null || line.waiting.length === 0) return;
    line.rest = new AbortController();
    await clock2.sleep(Math.max(0, ticket.due - now), line.rest.signal).catch(() => void 0);
  };
  const serve = async (name3, line) => {
    if (line.isServed) return;
    line.isServed = true;
    try {
      while (line.waiting.length > 0) await serveNext(name3, line);
    } catch (error) {
      for (const waiter of line.waiting.splice(0)) waiter.fail(error);
    } finally {
      line.isServed = false;
    }
  };
  return {
    take: async (name3, signal2) => {
      signal2?.throwIfAborted();
      const line = lineOf(name3);
      const { promise, resolve, reject } = Promise.withResolvers();
      const waiter = { go: resolve, fail: reject };
      const leave = () => {
        const place3 = line.waiting.indexOf(waiter);
        if (place3 >= 0) line.waiting.splice(place3, 1);
        if (line.waiting.length === 0) line.rest.abort();
        reject(signal2?.reason);
      };
      signal2?.addEventListener("abort", leave, { once: true });
      line.waiting.push(waiter);
      try {
        void serve(name3, line);
        await promise;
      } finally {
        signal2?.removeEventListener("abort", leave);
      }
    },
    expects: (name3, calls) => {
      const { usual: usual2, seen } = lineOf(name3);
      const now = clock2.now() + (seen?.ahead ?? 0);
      const there2 = filled(seen?.bucket ?? fullBucket(usual2, now), usual2, now);
      return timeFor(calls - there2.tokens, there2, usual2, now);
    },
    throttled: async (name3) => {
      const line = lineOf(name3);
      line.spare = 0;
      await change2(name3, line, (bucket, now) => ({
        bucket: slowed(bucket, line.usual, now, random.fraction()),
      }));
    },
  };
};

// server/src/adapters/passwords/argon2.ts
import { Buffer as Buffer3 } from "node:buffer";
import { argon2, createHash, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
var derive = promisify(argon2);
var cost = { memory: 65536, passes: 3, parallelism: 1, tagLength: 32 };
var hashOf = async (password2, nonce) =>
  await derive("argon2id", { message: Buffer3.from(password2.normalize("NFKC")), nonce, ...cost });
var format = /^\$argon2id\$v=19\$m=65536,t=3,p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/u;
var createPasswords = (random) => ({
  hash: async (password2) => {
    const nonce = Buffer3.from(random.bytes(16));
    const tag = await hashOf(password2, nonce);
    const plain3 = (bytes) => bytes.toString("base64").replaceAll("=", "");
    return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain3(nonce)}$${plain3(tag)}`;
  },
  verify: async (password2, hash2) => {
    const [, nonce = "AAAAAAAAAAAAAAAAAAAAAA", tag = ""] = format.exec(hash2 ?? "") ?? [];
    const made = await hashOf(password2, Buffer3.from(nonce, "base64"));
    const kept3 = Buffer3.from(tag, "base64");
    return kept3.byteLength === made.byteLength && timingSafeEqual(made, kept3);
  },
  digest: (text4) => new Uint8Array(createHash("sha256").update(text4).digest()),
  digestBytes: (bytes) => createHash("sha256").update(bytes).digest("hex"),
});

// server/src/adapters/random/system.ts
import { Buffer as Buffer4 } from "node:buffer";
import { randomBytes, randomInt } from "node:crypto";
var digits = "0123456789abcdefghjkmnpqrstvwxyz";
var createSystemRandom = (clock2) => {
  let last = 0;
  let tail = Buffer4.alloc(10);
  const next = () => {
    const now = clock2.now();
    if (now > last) {
      last = now;
      tail = randomBytes(10);
      return;
    }
    for (let i = tail.length - 1; i >= 0; i--) {
      const digit = ((tail[i] ?? 0) + 1) % 256;
      tail[i] = digit;
      if (digit !== 0) return;
    }
  };
  return {
    bytes: (count3) => new Uint8Array(randomBytes(count3)),
    fraction: () => randomInt(2 ** 47) / 2 ** 47,
    id: () => {
      next();
      let number3 = (BigInt(last) << 80n) | BigInt(`0x${tail.toString("hex")}`);
      let text4 = "";
      for (let i = 0; i < 26; i++) {
        text4 = digits.charAt(Number(number3 & 31n)) + text4;
        number3 >>= 5n;
      }
      return text4;
    },
  };
};

// server/src/adapters/stores/index.ts
import { z as z12 } from "zod";

// server/src/adapters/stores/aws-secrets-manager.ts
import { z as z3 } from "zod";

// server/src/adapters/cloud/aws/settings.ts
import { z } from "zod";

// server/src/adapters/cloud/aws/partition.ts
var partitions = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];
var partitionOf = (region2) => partitions.find(([start2]) => region2.startsWith(start2))?.[1] ?? "aws";

// server/src/adapters/cloud/aws/settings.ts
var arn = /^arn:(aws[a-z-]*):iam::(\d{12}):role(\/[\w+=,.@-]+)+$/u;
var region = z.string().regex(/^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/u, "a Region's name, such as eu-west-1");
var kmsKeyId = z
  .string()
  .max(2048)
  .regex(/^[a-zA-Z0-9:/_-]+$/u, "id, ARN or alias of a KMS key");
var roleSettings = {
  roleArn: z
    .string()
    .max(2048)
    .regex(arn, "an IAM role's ARN, such as arn:aws:iam::123456789012:role/keyroll")
    .optional()
    .meta({ title: "Role ARN", description: "IAM role that Keyroll assumes; its own identity when absent" }),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/u, "2 to 1224 letters, digits and _+=,.@:/-")
    .optional()
    .meta({ title: "External ID", description: "what the role's trust policy asks for as sts:ExternalId" }),
};
var checkAccount = (given, context2) => {
  const refuse10 = (field2, message) =>
    context2.addIssue({ code: "custom", path: [field2], message, input: given[field2] });
  if (given.externalId !== void 0 && given.roleArn === void 0)
    refuse10("externalId", "an external ID is for a role to assume: give roleArn too, or leave it out");
  const found = given.roleArn === void 0 ? void 0 : arn.exec(given.roleArn)?.[1];
  const needed = partitionOf(given.region);
  if (found !== void 0 && found !== needed)
    refuse10("roleArn", `a role of the partition ${found} has no rights in ${given.region}, which is in ${needed}`);
};
var roleOf = ({ roleArn, externalId }) =>
  roleArn === void 0 ? null : { arn: roleArn, externalId: externalId ?? null };
var identityOf = ({ region: of, roleArn, externalId }) => ({
  region: of,
  roleArn: roleArn ?? null,
  externalId: externalId ?? null,
});
var accountOf = ({ roleArn }) => (roleArn === void 0 ? null : (arn.exec(roleArn)?.[2] ?? null));
var placeOf = (settings9) => {
  const { roleArn: _2, externalId: __, ...rest2 } = settings9;
  return { ...rest2, account: accountOf(settings9) };
};

// server/src/adapters/cloud/aws/sdk.ts
var patience = { connectionTimeout: 3e3, requestTimeout: 1e4, throwOnRequestTimeout: true };
var failureOf = (error) => {
  const { name: name3, code, $metadata } = error;
  return {
    reason: (name3 === void 0 || name3 === "Error" ? code : name3) ?? "unknown error",
    status: $metadata?.httpStatusCode ?? null,
  };
};

// server/src/adapters/cloud/aws/assumed-role.ts
var sessionName = "keyroll";
var assumedRole = (region2, role) => {
  const connect4 = async () => {
    const [sts, core2] = await Promise.all([import("@aws-sdk/client-sts"), import("@smithy/core")]);
    const client = new sts.STSClient({ region: region2, requestHandler: { ...patience } });
    const take2 = async () => {
      const input = {
        RoleArn: role.arn,
        RoleSessionName: sessionName,
        ...(role.externalId === null ? {} : { ExternalId: role.externalId }),
      };
      const answer3 = await client.send(new sts.AssumeRoleCommand(input)).catch((error) => {
        throw refusalOf(error, region2, role);
      });
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer3.Credentials ?? {};
      if (AccessKeyId === void 0 || SecretAccessKey === void 0 || SessionToken === void 0)
        throw refuse("provider_unreachable", role, "STS answered without a session", null);
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === void 0 ? {} : { expiration: Expiration }),
      };
    };
    const { isIdentityExpired, doesIdentityRequireRefresh } = core2;
    return core2.memoizeIdentityProvider(take2, isIdentityExpired, doesIdentityRequireRefresh) ?? take2;
  };
  let connecting = null;
  return async () => await (await (connecting ??= connect4()))();
};
var refuse = (code, role, why, next) =>
  new KeyrollError(code, `Keyroll cannot assume the role ${role.arn}: ${why}.`, {
    changed: false,
    ...(next === null ? {} : { next }),
  });
var trust = ({ arn: arn2, externalId }) =>
  `Let that identity call sts:AssumeRole on ${arn2}, and let the role's trust policy name it${externalId === null ? "; where that asks for an external ID, give the connection externalId." : ` with the external ID ${externalId} (sts:ExternalId).`} \`keyroll connection policy\` prints both.`;
var refusals = [
  [/^AccessDenied/u, "provider_denied", "AWS refuses it to the server's own identity", trust],
  [
    /^(CredentialsProviderError|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired|IncompleteSignature|MissingAuthenticationToken)/u,
    "provider_denied",
    "the server's own AWS credentials are missing, wrong or out of date",
    () => "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
  [
    /^RegionDisabled/u,
    "provider_denied",
    "STS is not active there in the server's own account",
    () => "Activate the Region, or its STS endpoint, in the account settings of IAM.",
  ],
  [
    /^ValidationError/u,
    "provider_denied",
    "AWS takes the role or the external ID for a mistake",
    () => "Check the connection's roleArn and externalId.",
  ],
  [/^(Throttl|RequestLimitExceeded|TooManyRequests)/u, "provider_throttled", "STS keeps throttling", () => null],
];
var refusalOf = (error, region2, role) => {
  const { reason: reason3, status } = failureOf(error);
  const known4 = refusals.find(([pattern]) => pattern.test(reason3));
  const where = `(${reason3}, ${region2})`;
  if (known4 !== void 0) {
    const [, errorCode, sentence, next] = known4;
    return refuse(errorCode, role, `${sentence} ${where}`, next(role));
  }
  return status !== null && status >= 400 && status < 500
    ? refuse("provider_denied", role, `AWS refuses it ${where}`, trust(role))
    : refuse("provider_unreachable", role, `STS gives no answer ${where}`, null);
};

// server/src/adapters/cloud/aws/identity.ts
var clockLimit = 3e5;
var alwaysOn = /* @__PURE__ */ new Map([
  ["aws", "us-east-1"],
  ["aws-cn", "cn-north-1"],
  ["aws-us-gov", "us-gov-west-1"],
]);
var clockWords = (ahead) => `${Math.round(Math.abs(ahead) / 1e3)} s ${ahead > 0 ? "behind" : "ahead of"} AWS's`;
var callerOf = async (region2, credentials3) => {
  const answer3 = await ask(region2, credentials3);
  if ("arn" in answer3) return answer3;
  const { reason: reason3, ahead } = answer3;
  const isClock = /^(RequestExpired|RequestTimeTooSkewed)/u.test(reason3) || Math.abs(ahead) >= clockLimit;
  if (isClock && /^(Signature|Request)/u.test(reason3))
    throw refuse2("provider_denied", `${signedBy(reason3)} The server's clock is ${clockWords(ahead)}.`, setClock);
  if (!/^(InvalidClientTokenId|UnrecognizedClient)/u.test(reason3)) throw refusalOf2(region2, answer3);
  const other = alwaysOn.get(partitionOf(region2));
  const there2 = other === void 0 || other === region2 ? answer3 : await ask(other, credentials3);
  throw "arn" in there2
    ? refuse2(
        "provider_denied",
        `The Region ${region2} is not enabled in the account ${there2.account} (${reason3}).`,
        "Enable it in the account's settings, or correct the connection's region.",
      )
    : refuse2(
        "provider_denied",
        `AWS does not know the access key (${reason3}).`,
        `Give the server a role, or an AWS_ACCESS_KEY_ID that exists in the partition ${partitionOf(region2)}.`,
      );
};
var setClock = "Set the server's clock, best by NTP.";
var ask = async (region2, credentials3) => {
  const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const client = new STSClient({
    region: region2,
    maxAttempts: 1,
    requestHandler: { ...patience },
    ...(credentials3 === null ? {} : { credentials: credentials3 }),
  });
  try {
    const { Account = "", Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn, ahead: client.config.systemClockOffset };
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    return { ...failureOf(error), ahead: client.config.systemClockOffset };
  } finally {
    client.destroy();
  }
};
var refuse2 = (code, message, next) =>
  new KeyrollError(code, message, { changed: false, ...(next === null ? {} : { next }) });
var signedBy = (reason3) => `AWS refuses the server's signature (${reason3}).`;
var refusals2 = [
  [
    /^CredentialsProviderError/u,
    "The server has no AWS credentials",
    "Give the server a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  ],
  [
    /^ExpiredToken/u,
    "The server's AWS session has expired",
    "Give it a new AWS_SESSION_TOKEN with its keys, or better a role, which AWS renews by itself.",
  ],
  [
    /^(Signature|IncompleteSignature)/u,
    "AWS refuses the server's signature, and its clock is right",
    "Check that AWS_SECRET_ACCESS_KEY belongs to AWS_ACCESS_KEY_ID.",
  ],
  [
    /^RegionDisabled/u,
    "STS is not active in the Region for this account",
    "Activate it in the account settings of IAM, or correct the connection's region.",
  ],
];
var refusalOf2 = (region2, { reason: reason3, status }) => {
  const where = `(${reason3}, ${region2})`;
  const known4 = refusals2.find(([pattern]) => pattern.test(reason3));
  if (known4 !== void 0) return refuse2("provider_denied", `${known4[1]} ${where}.`, known4[2]);
  if (reason3 === "ENOTFOUND")
    return refuse2(
      "provider_unreachable",
      `There is no address of STS in ${region2} (${reason3}).`,
      `Check the connection's region: is ${region2} spelled right? If it is, check the server's DNS.`,
    );
  return status !== null && status >= 400 && status < 500
    ? refuse2("provider_denied", `AWS refuses to say who the server is ${where}.`, null)
    : refuse2("provider_unreachable", `STS gives no answer ${where}.`, null);
};

// server/src/adapters/stores/tried.ts
var tried = async ([id4, what, attempt], required = true) => {
  try {
    return { id: id4, what, ok: true, required, message: await attempt(), next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { id: id4, what, ok: false, required, message: error.message, next: error.next };
  }
};
var triedAll = async (steps) => {
  const findings = [];
  for (const step of steps) findings.push(await tried(step));
  return findings;
};

// server/src/adapters/stores/aws-identity.ts
var clockNotice = 6e4;
var identified = async (given, rights3) => {
  const { region: region2 } = given;
  const role = roleOf(given);
  let ahead = 0;
  let isAway = false;
  const own2 = await tried([
    "identity",
    "sts:GetCallerIdentity",
    async () => {
      const caller = await callerOf(region2, null).catch((error) => {
        isAway = codeOf(error) === "provider_unreachable";
        throw error;
      });
      ({ ahead } = caller);
      return role === null
        ? `Keyroll works as ${caller.arn}, in the account ${caller.account}.`
        : `The server itself is ${caller.arn}, in the account ${caller.account}.`;
    },
  ]);
  const findings = [isAway && role === null ? { ...own2, required: false } : own2];
  if (Math.abs(ahead) >= clockNotice) findings.push(clock(ahead));
  if (findings.some((finding4) => !finding4.ok && finding4.required)) return findings;
  if (role !== null) {
    const assumed = await tried([
      "assume",
      "sts:AssumeRole",
      async () => {
        const { arn: arn2, account } = await callerOf(region2, assumedRole(region2, role));
        return `It assumes the role: Keyroll works as ${arn2}, in the account ${account}.`;
      },
    ]);
    findings.push(assumed);
    if (!assumed.ok) return findings;
  }
  return [...findings, ...(await rights3())];
};
var codeOf = (error) => (error instanceof KeyrollError ? error.code : null);
var clock = (ahead) => ({
  id: "clock",
  what: "the server's clock",
  ok: false,
  required: false,
  message: `It is ${clockWords(ahead)}; ${clockLimit / 1e3} s off, AWS refuses every call.`,
  next: setClock,
});

// server/src/adapters/cloud/aws/own-key.ts
var ownKey = (kmsKeyId2, defaultKey, what) => {
  const isOwn = kmsKeyId2 !== void 0 && !kmsKeyId2.endsWith(defaultKey);
  return {
    id: "key",
    what: "a KMS key of your own",
    ok: isOwn,
    required: false,
    message: isOwn
      ? `Values are encrypted with ${kmsKeyId2}.`
      : `Values are encrypted with the account's default key ${defaultKey}: whoever may read ${what} in this account and Region may decrypt them.`,
    next: isOwn ? null : "Set `kmsKeyId` to a key whose policy names Keyroll and those who read the values.",
  };
};

// server/src/adapters/cloud/aws/signer.ts
var signerOf = async (service2, region2, role) => {
  const [{ SignatureV4 }, { defaultProvider }, { Sha256 }] = await Promise.all([
    import("@smithy/signature-v4"),
    import("@aws-sdk/credential-provider-node"),
    import("@smithy/core/checksum"),
  ]);
  const credentials3 =
    role === null ? defaultProvider({ clientConfig: { region: region2 } }) : assumedRole(region2, role);
  return new SignatureV4({ service: service2, region: region2, credentials: credentials3, sha256: Sha256 });
};

// server/src/adapters/egress/connect.ts
import { lookup } from "node:dns";
import { isIP as isIP2 } from "node:net";
var refusal = (url, addresses2, egress) => {
  try {
    for (const address of addresses2) egress.check(url, address);
    return null;
  } catch (refused3) {
    return refused3 instanceof Error ? refused3 : new Error("refused");
  }
};
var guardedLookup = (url, egress) => {
  const literal3 = url.hostname.replaceAll(/[[\]]/gu, "");
  if (isIP2(literal3) !== 0) egress.check(url, literal3);
  return (name3, options, done) => {
    lookup(name3, { ...options, all: true }, (error, addresses2) => {
      if (error !== null) {
        done(error, "", 4);
        return;
      }
      const refused3 = refusal(
        url,
        addresses2.map(({ address }) => address),
        egress,
      );
      const [first] = addresses2;
      if (refused3 !== null) done(refused3, "", 4);
      else if (options.all === true) done(null, addresses2);
      else done(null, first?.address ?? "", first?.family ?? 4);
    });
  };
};
var checkHost = async (url, egress) => {
  const resolve = guardedLookup(url, egress);
  if (isIP2(url.hostname.replaceAll(/[[\]]/gu, "")) !== 0) return;
  await new Promise((done, failed2) => {
    resolve(url.hostname, { all: true }, (error) => {
      if (error === null) done();
      else if (error instanceof KeyrollError) failed2(error);
      else
        failed2(
          new KeyrollError(
            "provider_unreachable",
            `There is no host \`${url.hostname}\`.`,
            { changed: false },
            { cause: error },
          ),
        );
    });
  });
};

// server/src/adapters/stores/aws-bucket.ts
var awsBucket = (quota, settings9) => `${quota}:${accountOf(settings9) ?? "default"}:${settings9.region}`;

// server/src/adapters/stores/rest.ts
import { Buffer as Buffer5 } from "node:buffer";

// server/src/adapters/egress/http.ts
var lazyHttp = (connect4) => {
  let opened2 = null;
  const open2 = async () => {
    const undici = await import("undici");
    const dispatcher = new undici.Agent({ connections: 16, keepAliveTimeout: 3e4, connect: connect4 });
    return { request: undici.request, dispatcher };
  };
  return async () => await (opened2 ??= open2());
};

// server/src/adapters/stores/vault/errors.ts
var rights = { GET: "read", POST: "create and update", DELETE: "delete" };
var errorsOf = (body) => {
  const errors = body?.errors;
  return Array.isArray(errors) ? errors.map(String) : [];
};
var said = (method, body) => {
  const [first] = method === "GET" ? errorsOf(body) : [];
  return first === void 0 ? "" : `: ${first.replaceAll(/\s+/gu, " ").slice(0, 200)}`;
};
var unreachable = (why, base4, what, cause) =>
  new KeyrollError("provider_unreachable", `${base4.host} ${why}: ${what}.`, {}, { cause });
var isTooLarge = (status, body) =>
  status === 413 || (status === 500 && errorsOf(body).some((text4) => text4.includes("too large")));
var refusal2 = (base4, method, path4, { status, body, after }) => {
  const what = `${method} ${path4}`;
  const no = (code, message, facts3 = {}) => new KeyrollError(code, message, { changed: false, ...facts3 });
  if (status < 300 || status === 400) return null;
  if (status === 404) {
    const isMissingMount = errorsOf(body).length > 0;
    if (!isMissingMount) return null;
    return no("invalid", `${base4.host} has nothing mounted at \`${path4.split("/")[0]}\` (${what}).`, {
      field: "store.settings.mount",
    });
  }
  if (isTooLarge(status, body))
    return no("limit_exceeded", `${base4.host} does not take that much in one document (${status}, ${what}).`, {
      next: "Make the values smaller, or raise max_entry_size and max_request_size there; nothing was changed.",
    });
  if (status === 403)
    return no("provider_denied", `${base4.host} refuses \`${rights[method] ?? method}\` on \`${path4}\`.`, {
      next: `Give the policy of Keyroll's token \`${rights[method] ?? method}\` on \`${path4}\`.`,
    });
  if (status === 429)
    return new KeyrollError("provider_throttled", `${base4.host} is throttling (${what}).`, {
      changed: false,
      ...(after > 0 ? { retryAfter: after } : {}),
    });
  if (status < 400)
    return unreachable("is a standby that redirects; give the address of the active server", base4, what);
  if (status < 500) return no("provider_denied", `${base4.host} answered ${status}${said(method, body)} (${what}).`);
  if (status === 503 && (method === "GET" || errorsOf(body).some((text4) => text4.includes("sealed"))))
    return unreachable("is sealed, or has no leader", base4, what);
  if (method === "GET") return unreachable(`answered ${status}`, base4, what);
  return new KeyrollError("indeterminate", `${base4.host} answered ${status}: ${what} may have been done.`);
};
var codeOf2 = (error) =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
var reasonOf = (error) => codeOf2(error) || (error instanceof Error ? error.name : "unknown");
var isBeforeSending = (error) =>
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/u.test(
    codeOf2(error),
  );

// server/src/adapters/stores/rest.ts
var deadline = 15e3;
var lostAttempts = 4;
var throttledAttempts = 8;
var answerBytes = 4194304;
var textOf = async (body) => {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytes)
      throw new KeyrollError("provider_unreachable", `The answer has more than ${answerBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer5.concat(chunks).toString("utf8");
};
var parsed = (text4) => {
  try {
    return text4 === "" ? null : JSON.parse(text4);
  } catch {
    return null;
  }
};
var createRest = ({ base: base4, host, bucket, lookup: lookup2, authorize, isThrottled: isThrottled2 }) => {
  const { clock: clock2, random, pacer } = host;
  const connect4 = { timeout: 1e4, ...(lookup2 === void 0 ? {} : { lookup: lookup2 }) };
  const open2 = lazyHttp(connect4);
  const send = async (call4, body, headers) => {
    const { request, dispatcher } = await open2();
    const answer3 = await request(new URL(call4.path, base4), {
      method: call4.method,
      dispatcher,
      signal: AbortSignal.timeout(deadline),
      headers: {
        accept: "application/json",
        "user-agent": "keyroll",
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...call4.headers,
        ...headers,
      },
      body,
    });
    const { "retry-after": after, date } = answer3.headers;
    const reply = {
      status: answer3.statusCode,
      body: parsed(await textOf(answer3.body)),
      date: Date.parse(String(date)) || clock2.now(),
    };
    return { reply, after: Number(after) || 0 };
  };
  const pause5 = async (attempt, after) =>
    await clock2.sleep(after > 0 ? Math.min(after * 1e3, 1e4) : random.fraction() * Math.min(5e3, 100 * 2 ** attempt));
  const unknown2 = (call4, why, wasSent, cause) =>
    wasSent && !call4.repeats
      ? new KeyrollError("indeterminate", `${base4.host} ${why}: ${call4.what} may have been done.`, {}, { cause })
      : new KeyrollError("provider_unreachable", `${base4.host} ${why}: ${call4.what}.`, {}, { cause });
  return {
    ask: async (call4) => {
      const body = call4.body === void 0 ? null : JSON.stringify(call4.body);
      let fresh3 = false;
      for (let lost = 0, throttled = 0; ;) {
        await pacer.take(bucket);
        const headers = await authorize(call4, body, fresh3);
        let wait3 = 0;
        try {
          const { reply, after } = await send(call4, body, headers);
          const isBusy = reply.status === 429 || isThrottled2?.(reply) === true;
          if (reply.status === 401 && !fresh3) {
            fresh3 = true;
            continue;
          }
          if (isBusy) {
            await pacer.throttled(bucket);
            throttled += 1;
            if (throttled >= throttledAttempts)
              throw new KeyrollError("provider_throttled", `${base4.host} keeps throttling: ${call4.what}.`, {
                changed: false,
                ...(after > 0 ? { retryAfter: after } : {}),
              });
          } else if (reply.status < 300 || (reply.status >= 400 && reply.status < 500)) return reply;
          else {
            lost += 1;
            if (!call4.repeats || lost >= lostAttempts) throw unknown2(call4, `answered ${reply.status}`, true);
          }
          wait3 = after;
        } catch (error) {
          if (error instanceof KeyrollError) throw error;
          if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
          lost += 1;
          const wasSent = !isBeforeSending(error);
          if ((wasSent && !call4.repeats) || lost >= lostAttempts)
            throw unknown2(call4, `cannot be reached (${reasonOf(error)})`, wasSent, error);
        }
        await pause5(lost + throttled, wait3);
      }
    },
  };
};
var perProcess = () => {
  const known4 = /* @__PURE__ */ new WeakMap();
  return (variables, name3, make2) => {
    const here2 = known4.get(variables) ?? /* @__PURE__ */ new Map();
    known4.set(variables, here2);
    const found = here2.get(name3) ?? make2();
    here2.set(name3, found);
    return found;
  };
};

// server/src/adapters/stores/aws-secrets-manager/client.ts
var actions = [
  "CreateSecret",
  "DeleteSecret",
  "DescribeSecret",
  "GetSecretValue",
  "ListSecretVersionIds",
  "PutSecretValue",
  "RestoreSecret",
  "TagResource",
  "UpdateSecretVersionStage",
];
var call = async (rest2, action, name3, input = {}, repeats = true) => {
  const { status, body } = await rest2.ask({
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `secretsmanager.${action}` },
    body: { [action === "CreateSecret" ? "Name" : "SecretId"]: name3, ...input },
    what: `${action} on \`${name3}\``,
    repeats,
  });
  return {
    refused: status < 300 ? null : (typeOf(body) ?? `status ${status}`),
    body: body ?? {},
  };
};
var typeOf = (body) => {
  const type = body?.["__type"];
  return typeof type === "string" ? (/\w+$/u.exec(type)?.[0] ?? null) : null;
};
var isThrottled = ({ body }) =>
  /^(Throttl\w+|RequestLimitExceeded|TooManyRequestsException)$/u.test(typeOf(body) ?? "");
var refusals3 = [
  [
    /^(DecryptionFailure|EncryptionFailure|KMS|InvalidKey)/u,
    "Its KMS key cannot be used.",
    "Check that the key exists, is enabled and that its policy allows Keyroll's role.",
  ],
  [
    /Token|Signature|UnrecognizedClient|CredentialsProvider/u,
    "The server's AWS credentials are missing, wrong or out of date.",
    "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
  [/^LimitExceeded/u, "A quota of the account is used up.", "Delete secrets that nobody needs, or raise the quota."],
];
var refuse3 = (action, name3, refused3) => {
  const [, sentence, next] = refusals3.find(([pattern]) => pattern.test(refused3)) ?? [
    null,
    "",
    `Give Keyroll's role \`secretsmanager:${action}\` on \`${name3}-*\`.`,
  ];
  return new KeyrollError(
    "provider_denied",
    `AWS refused ${action} on \`${name3}\` (${refused3}).${sentence === "" ? "" : ` ${sentence}`}`,
    { next, changed: false },
  );
};
var connect = (account, host) => {
  const { region: region2 } = account;
  const role = roleOf(account);
  const given = host.variables.get("AWS_ENDPOINT_URL_SECRETS_MANAGER");
  const domain = region2.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const base4 = new URL(given ?? `https://secretsmanager.${region2}.${domain}`);
  let signer = null;
  return createRest({
    base: base4,
    host,
    bucket: awsBucket("aws-secrets-manager", account),
    // An address that the operator gave is the operator's business.
    ...(given === void 0 ? { lookup: guardedLookup(base4, host.egress) } : {}),
    isThrottled,
    authorize: async ({ method, path: path4, headers, what }, body) => {
      try {
        const { headers: signed } = await (
          await (signer ??= signerOf("secretsmanager", region2, role))
        ).sign(
          {
            method,
            path: path4,
            protocol: base4.protocol,
            hostname: base4.hostname,
            headers: { ...headers, host: base4.host },
            body: body ?? "",
          },
          { signingDate: new Date(host.clock.now()) },
        );
        return signed;
      } catch (error) {
        if (error instanceof KeyrollError) throw error;
        throw new KeyrollError(
          "provider_denied",
          `The server has no AWS credentials for ${what} (${error instanceof Error ? error.name : "unknown"}).`,
          { next: "Give the server a role or AWS_ACCESS_KEY_ID.", changed: false },
        );
      }
    },
  });
};
var rests = perProcess();
var restOf = (given, host) => {
  const role = roleOf(given);
  return rests(host.variables, JSON.stringify([given.region, role]), () => connect(given, host));
};

// server/src/adapters/stores/document.ts
import { Buffer as Buffer6 } from "node:buffer";
import { z as z2 } from "zod";

// server/src/ports/secret.ts
import { inspect } from "node:util";
var Secret = class {
  #bytes;
  /** Whether the value was given as binary (base64) rather than text. */
  binary;
  constructor(bytes, binary) {
    this.#bytes = bytes;
    this.binary = binary;
  }
  /** Size in bytes. Not secret: shown beside the name everywhere. */
  get size() {
    return this.#bytes.byteLength;
  }
  /** Lines of text, the last one also without its newline. Not secret either. */
  get lines() {
    let lines = this.#bytes.byteLength > 0 && this.#bytes.at(-1) !== 10 ? 1 : 0;
    for (const byte of this.#bytes) if (byte === 10) lines++;
    return lines;
  }
  /** The bytes themselves. Never keep, log or compare them outside the callers named above. */
  expose() {
    return this.#bytes;
  }
  /** Whether both hold the same bytes and kind. Takes the same time wherever they differ. */
  equals(other) {
    if (this.#bytes.byteLength !== other.#bytes.byteLength || this.binary !== other.binary) return false;
    let difference2 = 0;
    for (let i = 0; i < this.#bytes.byteLength; i++) {
      difference2 |= (this.#bytes[i] ?? 0) ^ (other.#bytes[i] ?? 0);
    }
    return difference2 === 0;
  }
  toString() {
    return "[secret]";
  }
  toJSON() {
    return "[secret]";
  }
  [inspect.custom]() {
    return "[secret]";
  }
};
var secretText = (text4) => new Secret(new TextEncoder().encode(text4), false);

// server/src/adapters/stores/document.ts
var format2 = 1;
var number = z2.number().int().nonnegative();
var pair = z2.object({
  value: z2.string(),
  encoding: z2.enum(["text", "base64"]),
  binary: z2.boolean(),
  /** The revision in which it was written. */
  revision: number,
  bytes: number,
  lines: number,
});
var head2 = z2.object({
  keyroll: z2.literal(format2),
  /** Id of the environment. */
  environment: z2.string(),
  revision: number,
  /** The revision that it was made on; 0: none. */
  parent: number,
  /** The first revision since the environment was new, or was destroyed last. */
  since: number,
  txn: z2.string(),
  at: number,
  /** Stands in the place of values that were destroyed. */
  destroyed: z2.boolean().optional(),
  keys: z2.unknown(),
});
var print = ({
  keys: keys2,
  environment: environment2,
  revision: revision2,
  parent,
  since,
  txn,
  at: at3,
  destroyed,
}) => ({
  keyroll: format2,
  environment: environment2,
  revision: revision2,
  parent,
  since,
  txn,
  at: at3,
  ...(destroyed === void 0 ? {} : { destroyed }),
  // Own properties whatever their name, also `__proto__`.
  keys: Object.fromEntries(keys2),
});
var parse = (stored) => {
  const parsed5 = head2.safeParse(stored);
  if (!parsed5.success) return null;
  const { keys: keys2, keyroll: _2, ...rest2 } = parsed5.data;
  const pairs = /* @__PURE__ */ new Map();
  for (const [key2, value2] of Object.entries(keys2 ?? {})) {
    const one = pair.safeParse(value2);
    if (!one.success) return null;
    pairs.set(key2, one.data);
  }
  return { ...rest2, keys: pairs };
};
var utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
var asText = (bytes) => {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
};
var encode = (value2, revision2) => {
  const text4 = value2.binary ? null : asText(value2.expose());
  return {
    value: text4 ?? Buffer6.from(value2.expose()).toString("base64"),
    encoding: text4 === null ? "base64" : "text",
    binary: value2.binary,
    revision: revision2,
    bytes: value2.size,
    lines: value2.lines,
  };
};
var isSamePair = (one, other) =>
  one?.value === other.value && one.encoding === other.encoding && one.binary === other.binary;
var valueOf = ({ value: value2, encoding, binary }) =>
  new Secret(new Uint8Array(Buffer6.from(value2, encoding === "text" ? "utf8" : "base64")), binary);
var decode = (key2, pair2) => {
  const secret2 = valueOf(pair2);
  const { bytes } = pair2;
  if (secret2.size === bytes) return secret2;
  throw new KeyrollError(
    "integrity",
    `The stored value of \`${key2}\` has ${secret2.size} bytes; ${bytes} were written: it was edited by hand.`,
    { key: key2, limit: bytes, actual: secret2.size, next: `Set \`${key2}\` anew, or restore a revision.` },
  );
};
var there = (keys2, key2) => {
  const pair2 = keys2.get(key2);
  if (pair2 !== void 0) return pair2;
  throw new KeyrollError("not_found", `There is no value of \`${key2}\` to adopt.`, { key: key2, changed: false });
};
var apply = (keys2, changes2, revision2) => {
  const next = new Map(keys2);
  for (const change2 of changes2) {
    if (change2.op === "remove") next.delete(change2.key);
    if (change2.op === "set" || change2.op === "mend") next.set(change2.key, encode(change2.value, revision2));
    if (change2.op === "adopt") next.set(change2.key, encode(valueOf(there(keys2, change2.key)), revision2));
  }
  return next;
};
var manifestOf = (document) => ({
  revision: document.revision,
  txn: document.txn,
  at: document.at,
  entries: new Map(
    [...document.keys].map(([key2, { revision: revision2, bytes, lines, binary }]) => [
      key2,
      { key: key2, revision: revision2, bytes, lines, binary },
    ]),
  ),
});

// server/src/adapters/stores/aws-secrets-manager/versions.ts
import { createHash as createHash2 } from "node:crypto";
var hash = (text4, length) => createHash2("sha256").update(text4).digest("hex").slice(0, length);
var versionId = ({ revision: revision2, isGrave }, parent, attempt) =>
  [
    String(revision2).padStart(8, "0"),
    isGrave ? "gone" : "live",
    hash(parent ?? "", 16),
    hash(JSON.stringify([parent, ...attempt]), 32),
  ].join("-");
var factsOf = (id4) => {
  const found = /^(\d{8})-(live|gone)-([0-9a-f]{16})-[0-9a-f]{32}$/u.exec(id4);
  if (found === null) return null;
  const [, revision2, kind2, parent = ""] = found;
  return { revision: Number(revision2), isGrave: kind2 === "gone", parent };
};
var chainOf = (versions2, current) => {
  const byHash = new Map(versions2.map((version4) => [hash(version4.id, 16), version4]));
  const chain = [];
  for (let at3 = byHash.get(hash(current, 16)); at3 !== void 0;) {
    const facts3 = factsOf(at3.id);
    const later = chain.at(-1);
    if (facts3 === null || (later !== void 0 && facts3.revision !== later.revision - 1)) break;
    chain.push({ ...at3, ...facts3 });
    at3 = byHash.get(facts3.parent);
  }
  return chain;
};
var tagName = "keyroll-dropped";
var tagLength = 256;
var droppedIn = (tags) => {
  const dropped = /* @__PURE__ */ new Set();
  for (const [name3, text4] of tags) {
    if (!name3.startsWith(tagName)) continue;
    for (const range of text4.split(" ")) {
      const [from = 0, to = from] = range.split("-").map(Number);
      for (let revision2 = from; revision2 > 0 && revision2 <= to; revision2++) dropped.add(revision2);
    }
  }
  return dropped;
};
var tagsOf = (dropped, before) => {
  const ranges = [];
  for (const revision2 of [...dropped].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === revision2 - 1) last[1] = revision2;
    else ranges.push([revision2, revision2]);
  }
  const texts = [""];
  for (const [from, to] of ranges) {
    const range = from === to ? `${from}` : `${from}-${to}`;
    const text4 = `${texts.at(-1)} ${range}`.trim();
    if (text4.length <= tagLength) texts[texts.length - 1] = text4;
    else texts.push(range);
  }
  const tags = new Map([...before.keys()].filter((name3) => name3.startsWith(tagName)).map((name3) => [name3, ""]));
  for (const [index, text4] of texts.entries()) tags.set(index === 0 ? tagName : `${tagName}-${index + 1}`, text4);
  return tags;
};

// server/src/adapters/stores/aws-secrets-manager/documents.ts
var documentBytes = 65536;
var versionsKept = 100;
var recoveryDays = 30;
var environmentTag = "keyroll-environment";
var pendingStage = "KEYROLLPENDING";
var patience2 = { tries: 8, milliseconds: 1e3 };
var checkApp = "keyroll-check";
var nameOf3 = ({ prefix: prefix2 }, app2, environment2) => `${prefix2}/${app2}/${environment2}/values`;
var secretDocument = (rest2, settings9, scope2, { clock: clock2 }) => {
  const name3 = nameOf3(settings9, scope2.app, scope2.environment);
  const place3 = `AWS Secrets Manager \`${name3}\``;
  let current = null;
  const ask3 = async (action, input = {}, repeats = true) => await call(rest2, action, name3, input, repeats);
  const must = async (action, input, expected = [], repeats = true) => {
    const answer3 = await ask3(action, input, repeats);
    if (answer3.refused !== null && !expected.includes(answer3.refused)) throw refuse3(action, name3, answer3.refused);
    return answer3;
  };
  const foreign2 = (message, next) => new KeyrollError("integrity", `${place3} ${message}`, { next, changed: false });
  const repair = `Move the label AWSCURRENT back to Keyroll's last version (aws secretsmanager update-secret-version-stage --secret-id ${name3} --version-stage AWSCURRENT \u2026), or delete the secret.`;
  const factsOrError = (id4) => {
    const facts3 = factsOf(id4);
    if (facts3 === null) throw foreign2("has a current version that Keyroll did not write.", repair);
    return facts3;
  };
  const describe2 = async () => {
    const { refused: refused3, body } = await must("DescribeSecret", {}, ["ResourceNotFoundException"]);
    if (refused3 !== null) return null;
    const { Tags, VersionIdsToStages, DeletedDate } = body;
    const stages = Object.entries(VersionIdsToStages ?? {});
    return {
      tags: new Map((Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      current: stages.find(([, labels2]) => labels2.includes("AWSCURRENT"))?.[0] ?? null,
      deleted: typeof DeletedDate === "number" ? new Date(DeletedDate * 1e3) : null,
    };
  };
  const buried = async () => {
    const found = await describe2();
    if (found === null) return null;
    const facts3 = found.current === null ? null : factsOf(found.current);
    if (found.current === null || facts3?.isGrave !== true)
      throw foreign2(
        `was scheduled for deletion by somebody${found.deleted === null ? "" : `, for ${found.deleted.toISOString()}`}.`,
        `Bring it back (aws secretsmanager restore-secret --secret-id ${name3}), or delete it at once with --force-delete-without-recovery.`,
      );
    current = { id: found.current, isDeleted: true };
    const { revision: revision2 } = facts3;
    const grave = {
      revision: revision2,
      parent: revision2 - 1,
      since: revision2,
      txn: found.current,
      at: 0,
      destroyed: true,
    };
    const environment2 = found.tags.get(environmentTag) ?? "";
    return {
      revision: revision2,
      document: print({ ...grave, environment: environment2, keys: /* @__PURE__ */ new Map() }),
    };
  };
  const newest = async () => {
    current = null;
    const { refused: refused3, body } = await must("GetSecretValue", { VersionStage: "AWSCURRENT" }, [
      "ResourceNotFoundException",
      "InvalidRequestException",
    ]);
    if (refused3 === "ResourceNotFoundException") return null;
    if (refused3 !== null) return await buried();
    const id4 = String(body["VersionId"]);
    const { revision: revision2 } = factsOrError(id4);
    current = { id: id4, isDeleted: false };
    return { revision: revision2, document: documentOf(body) };
  };
  const history = async () => {
    const versions2 = [];
    for (let next = ""; typeof next === "string";) {
      const input = { IncludeDeprecated: true, MaxResults: 100, ...(next === "" ? {} : { NextToken: next }) };
      const gone2 = ["ResourceNotFoundException", "InvalidRequestException"];
      const { refused: refused3, body } = await must("ListSecretVersionIds", input, gone2);
      if (refused3 !== null) return [];
      for (const version4 of body["Versions"] ?? [])
        versions2.push({
          id: String(version4["VersionId"]),
          at: Number(version4["CreatedDate"]) * 1e3,
          isCurrent: (version4["VersionStages"] ?? []).includes("AWSCURRENT"),
        });
      next = body["NextToken"] === "" ? null : body["NextToken"];
    }
    const head3 = versions2.find(({ isCurrent }) => isCurrent);
    return head3 === void 0 ? [] : chainOf(versions2, head3.id);
  };
  const create2 = async (document, id4) => {
    const input = {
      ClientRequestToken: id4,
      SecretString: JSON.stringify(document),
      Description: `Values of ${scope2.app}/${scope2.environment}, kept by Keyroll`,
      Tags: [{ Key: environmentTag, Value: scope2.environmentId }],
      ...(settings9.kmsKeyId === void 0 ? {} : { KmsKeyId: settings9.kmsKeyId }),
    };
    for (let tries3 = 1; ; tries3++) {
      const known4 = ["ResourceExistsException", "InvalidRequestException"];
      const { refused: refused3 } = await must("CreateSecret", input, known4, false);
      if (refused3 === null) return true;
      const found = await describe2();
      if (refused3 === "ResourceExistsException") {
        if (found === null || found.current !== null) return false;
        throw foreign2("exists, made by somebody, without a value.", "Delete it: Keyroll makes the secret itself.");
      }
      if (found?.deleted !== null && found?.deleted !== void 0 && found.current !== null) {
        await buried();
        return false;
      }
      if (tries3 >= patience2.tries)
        throw new KeyrollError("in_use", `${place3} is still being deleted by AWS.`, {
          next: "Try again in some minutes, when AWS has given the name back.",
          changed: false,
        });
      await clock2.sleep(patience2.milliseconds);
    }
  };
  const move2 = async (document, id4, from) => {
    if (from.isDeleted) await must("RestoreSecret", {});
    await must("PutSecretValue", {
      ClientRequestToken: id4,
      SecretString: JSON.stringify(document),
      VersionStages: [pendingStage],
    });
    const step = { VersionStage: "AWSCURRENT", MoveToVersionId: id4, RemoveFromVersionId: from.id };
    const { refused: refused3 } = await must("UpdateSecretVersionStage", step, ["InvalidParameterException"], false);
    return refused3 === null;
  };
  return {
    place: place3,
    documentBytes,
    repair,
    load: async (at3) => {
      const head3 = await newest();
      if (head3 === null || at3 === null || head3.revision === at3) return head3;
      if (current === null || current.isDeleted) return null;
      const version4 = (await history()).find(({ revision: revision2 }) => revision2 === at3);
      if (version4 === void 0) return null;
      if (droppedIn((await describe2())?.tags ?? /* @__PURE__ */ new Map()).has(at3)) return null;
      const gone2 = ["ResourceNotFoundException", "InvalidRequestException"];
      const { refused: refused3, body } = await must("GetSecretValue", { VersionId: version4.id }, gone2);
      return refused3 === null ? { revision: at3, document: documentOf(body) } : null;
    },
    store: async (document, expect) => {
      if (current === null && expect > 0) await newest();
      const from = current;
      if (from !== null && factsOf(from.id)?.revision !== expect) return false;
      if (from === null && expect > 0) return false;
      const { txn, at: at3, destroyed } = document;
      const attempt = [scope2.environmentId, String(txn), Number(at3)];
      const id4 = versionId({ revision: expect + 1, isGrave: destroyed === true }, from?.id ?? null, attempt);
      const isDone = from === null ? await create2(document, id4) : await move2(document, id4, from);
      current = isDone ? { id: id4, isDeleted: false } : null;
      return isDone;
    },
    list: async () => {
      const chain = await history();
      if (chain.length === 0) return [];
      const dropped = droppedIn((await describe2())?.tags ?? /* @__PURE__ */ new Map());
      return chain.map(({ revision: revision2, at: at3 }) => ({
        revision: revision2,
        at: at3,
        readable: !dropped.has(revision2),
      }));
    },
    drop: async (which, how) => {
      if (which === "everything") {
        await must("DeleteSecret", { ForceDeleteWithoutRecovery: true }, ["ResourceNotFoundException"]);
        return;
      }
      const found = await describe2();
      if (found === null || found.deleted !== null) return;
      const kept3 = new Set((await history()).map(({ revision: revision2 }) => revision2));
      const dropped = new Set([...droppedIn(found.tags), ...which].filter((revision2) => kept3.has(revision2)));
      const all = tagsOf(dropped, found.tags).set(environmentTag, scope2.environmentId);
      const tags = [...all].map(([Key, Value]) => ({ Key, Value }));
      await must("TagResource", { Tags: tags });
      if (how === "soft") await must("DeleteSecret", { RecoveryWindowInDays: recoveryDays });
    },
  };
};
var documentOf = (body) => {
  try {
    return JSON.parse(String(body["SecretString"]));
  } catch {
    return {};
  }
};

// server/src/adapters/stores/aws-secrets-manager/check.ts
var checkSecretsManager = async (rest2, settings9, { random }) => {
  const name3 = nameOf3(settings9, checkApp, random.id());
  const first = versionId({ revision: 1, isGrave: false }, null, [name3]);
  const second = versionId({ revision: 2, isGrave: false }, first, [name3]);
  const use = async (action, input = {}) => {
    const { refused: refused3, body } = await call(rest2, action, name3, input);
    if (refused3 !== null) throw refuse3(action, name3, refused3);
    return body;
  };
  const step = (id4, action, input, good) => [
    id4,
    `secretsmanager:${action}`,
    async () => {
      await use(action, input);
      return good;
    },
  ];
  const stage = { VersionStage: "AWSCURRENT", MoveToVersionId: second, RemoveFromVersionId: first };
  const key2 = settings9.kmsKeyId === void 0 ? {} : { KmsKeyId: settings9.kmsKeyId };
  const [created, ...others2] = await triedAll([
    step(
      "create",
      "CreateSecret",
      { ClientRequestToken: first, SecretString: "{}", ...key2 },
      `Secrets below \`${settings9.prefix}/\` can be made.`,
    ),
  ]);
  if (created?.ok !== true) return [...(created === void 0 ? [] : [created]), ...others2];
  const rights3 = await triedAll([
    step("read", "GetSecretValue", { VersionStage: "AWSCURRENT" }, "Values can be read and decrypted."),
    [
      "encrypted",
      "secretsmanager:DescribeSecret",
      async () => {
        const { KmsKeyId } = await use("DescribeSecret");
        return typeof KmsKeyId === "string"
          ? `Encrypted with the KMS key ${KmsKeyId}.`
          : "Encrypted with the account's default key, aws/secretsmanager.";
      },
    ],
    step(
      "write",
      "PutSecretValue",
      { ClientRequestToken: second, SecretString: "{}", VersionStages: ["KEYROLLPENDING"] },
      "A version can be put beside the current one.",
    ),
    step("compare-and-swap", "UpdateSecretVersionStage", stage, "It can be made the current one."),
    [
      "stale",
      "refuse a stale write",
      async () => {
        const { refused: refused3 } = await call(rest2, "UpdateSecretVersionStage", name3, {
          ...stage,
          MoveToVersionId: first,
        });
        if (refused3 === "InvalidParameterException") return "A move from an old version is refused.";
        throw new KeyrollError("provider_denied", `A move from an old version is answered with ${refused3 ?? "yes"}.`);
      },
    ],
    step("history", "ListSecretVersionIds", { IncludeDeprecated: true }, "Versions can be listed."),
    step("prune", "TagResource", { Tags: [{ Key: "keyroll-dropped", Value: "" }] }, "Dropped ones can be noted."),
    step("delete", "DeleteSecret", { RecoveryWindowInDays: 7 }, "A secret can be deleted for a time."),
    step("restore", "RestoreSecret", {}, "It can be brought back."),
    step("purge", "DeleteSecret", { ForceDeleteWithoutRecovery: true }, "It can be deleted for good."),
  ]);
  return [created, ...rights3, ownKey(settings9.kmsKeyId, "alias/aws/secretsmanager", "secrets")];
};

// server/src/adapters/cloud/aws/policy.ts
var documentOf2 = (statements) => ({
  Version: "2012-10-17",
  Statement: statements,
});
var arnsOf = (settings9, account = accountOf(settings9) ?? "*") => {
  const start2 = (service2) => `arn:${partitionOf(settings9.region)}:${service2}:${settings9.region}:${account}`;
  return (service2, resource) => `${start2(service2)}:${resource}`;
};
var keyStatement = (settings9, actions2, { service: service2, context: context2, resources }) => {
  const { kmsKeyId: key2, region: region2 } = settings9;
  const alias2 = /(?:^|:)(alias\/.+)$/u.exec(key2 ?? "")?.[1] ?? null;
  if (key2 === void 0 || alias2?.startsWith("alias/aws/") === true) return [];
  const account = /^arn:[a-z-]+:kms:[^:]*:(\d{12}):/u.exec(key2)?.[1];
  const keyArn = arnsOf(settings9, account);
  const id4 = key2.split("/").at(-1) ?? key2;
  const domain = region2.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return [
    {
      Sid: "Key",
      Effect: "Allow",
      Action: actions2.map((action) => `kms:${action}`),
      Resource: [keyArn("kms", `key/${alias2 === null ? id4 : "*"}`)],
      Condition: {
        StringEquals: { "kms:ViaService": `${service2}.${region2}.${domain}` },
        StringLike: { [`kms:EncryptionContext:${context2}`]: resources },
        ...(alias2 === null ? {} : { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias2 } }),
      },
    },
  ];
};
var keyrollItself = (region2) => `arn:${partitionOf(region2)}:iam::KEYROLL_ACCOUNT:role/KEYROLL_ROLE`;
var rolePolicies = (settings9) => {
  const role = roleOf(settings9);
  if (role === null) return [];
  const principal = keyrollItself(settings9.region);
  const condition =
    role.externalId === null ? {} : { Condition: { StringEquals: { "sts:ExternalId": role.externalId } } };
  return [
    {
      name: "trust",
      purpose: `Trust policy of ${role.arn}. Put the ARN of the server's own role or user in place of ${principal}.`,
      document: documentOf2([
        { Sid: "Keyroll", Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole", ...condition },
      ]),
    },
    {
      name: "assume",
      purpose: "For the server's own role or user: it may assume the connection's role.",
      document: documentOf2([{ Sid: "Keyroll", Effect: "Allow", Action: ["sts:AssumeRole"], Resource: [role.arn] }]),
    },
  ];
};
var chartPolicies = ({ region: region2, roleArn }) => {
  const arnOf = arnsOf({ region: region2, roleArn: roleArn ?? void 0 });
  const allow2 = (Sid, actions2, resource) => ({
    Sid,
    Effect: "Allow",
    Action: actions2.map((action) => `ecr:${action}`),
    Resource: [resource],
  });
  return [
    {
      name: "charts",
      purpose: `Optional, for ${roleArn ?? "the server's own role or user"}: pulls charts from the registry of its account in ${region2}. Put the repositories that hold charts in place of the *.`,
      document: documentOf2([
        allow2("SignIn", ["GetAuthorizationToken"], "*"),
        // Tags are listed where no version is named, or a range.
        allow2("Charts", ["BatchGetImage", "GetDownloadUrlForLayer", "ListImages"], arnOf("ecr", "repository/*")),
      ]),
    },
  ];
};

// server/src/adapters/stores/aws-secrets-manager/policy.ts
var secretsManagerPolicies = (settings9, scope2) => {
  const arnOf = arnsOf(settings9);
  const name3 =
    scope2.app === null ? `${settings9.prefix}/*/values` : nameOf3(settings9, scope2.app, scope2.environment ?? "*");
  const secrets3 = (...names2) =>
    names2.flatMap((one) => [
      arnOf("secretsmanager", `secret:${one}`),
      arnOf("secretsmanager", `secret:${one}-??????`),
    ]);
  const written = secrets3(name3, ...(scope2.app === null ? [] : [nameOf3(settings9, checkApp, "*")]));
  const key2 = (used, resources) =>
    keyStatement(settings9, used, { service: "secretsmanager", context: "SecretARN", resources });
  const allow2 = (used, Resource) => ({
    Sid: "Secrets",
    Effect: "Allow",
    Action: used.map((action) => `secretsmanager:${action}`),
    Resource,
  });
  return [
    {
      name: "writer",
      purpose:
        settings9.roleArn === void 0
          ? "For the server's own role or user: what Keyroll calls, where it calls it, and nothing else."
          : `For ${settings9.roleArn}: what Keyroll calls, where it calls it, and nothing else.`,
      document: documentOf2([allow2(actions, written), ...key2(["GenerateDataKey", "Decrypt"], written)]),
    },
    {
      name: "reader",
      purpose:
        "For a program that reads values by itself, such as an operator in the cluster. Keyroll does not need it.",
      document: documentOf2([
        allow2(["DescribeSecret", "GetSecretValue"], secrets3(name3)),
        ...key2(["Decrypt"], secrets3(name3)),
      ]),
    },
    ...rolePolicies(settings9),
  ];
};

// server/src/adapters/stores/aws-ssm/parameters.ts
var CallFailed = class extends Error {
  name = "CallFailed";
  failure;
  action;
  /** The provider's name for it, such as `AccessDeniedException`. */
  reason;
  /** The version that its text speaks of; null: none. */
  version;
  constructor(failure2, action, reason3, version4 = null) {
    super(`${action}: ${reason3}`);
    this.failure = failure2;
    this.action = action;
    this.reason = reason3;
    this.version = version4;
  }
};
var throttles = /* @__PURE__ */ new Set([
  "ThrottlingException",
  "ThrottledException",
  "Throttling",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "TooManyUpdates",
]);
var isDowngrade = /downgrade a parameter from the advanced-parameter tier/iu;
var callFailed = (action, error) => {
  const { reason: reason3, status } = failureOf(error);
  if (reason3 === "ValidationException" && error instanceof Error && isDowngrade.test(error.message))
    return new CallFailed("advanced", action, reason3);
  if (reason3 === "ParameterAlreadyExists") return new CallFailed("exists", action, reason3);
  if (throttles.has(reason3) || status === 429) return new CallFailed("throttled", action, reason3);
  if (reason3 === "CredentialsProviderError") return new CallFailed("refused", action, reason3);
  if (reason3 === "ParameterMaxVersionLimitExceeded") {
    const text4 = error instanceof Error ? error.message : "";
    const version4 = /\bVersion (\d{1,9}), the oldest\b/u.exec(text4)?.[1];
    return new CallFailed("refused", action, reason3, version4 === void 0 ? null : Number(version4));
  }
  return new CallFailed(status === null || status < 400 || status >= 500 ? "lost" : "refused", action, reason3);
};
var settingId = "/ssm/parameter-store/high-throughput-enabled";
var connectParameters = (options) => {
  const { region: region2, role } = options;
  let connecting = null;
  const connect4 = async () => {
    connecting ??= import("@aws-sdk/client-ssm").then((sdk) => ({
      sdk,
      client: new sdk.SSMClient({
        region: region2,
        maxAttempts: 1,
        requestHandler: { ...patience },
        ...(role === null ? {} : { credentials: assumedRole(region2, role) }),
      }),
    }));
    return await connecting;
  };
  const call4 = async (action, signal2, send) => {
    try {
      return await send();
    } catch (error) {
      signal2?.throwIfAborted();
      if (error instanceof KeyrollError) throw error;
      throw callFailed(action, error);
    }
  };
  const abort = (signal2) => (signal2 === void 0 ? {} : { abortSignal: signal2 });
  const byPath = async (path4, next, recursive) =>
    await call4("GetParametersByPath", void 0, async () => {
      const { sdk, client } = await connect4();
      const input = {
        Path: path4,
        Recursive: recursive,
        WithDecryption: false,
        MaxResults: 10,
        ...(next === null ? {} : { NextToken: next }),
      };
      const { Parameters, NextToken } = await client.send(new sdk.GetParametersByPathCommand(input));
      return { items: (Parameters ?? []).map(parameterOf), next: NextToken ?? null };
    });
  return {
    put: async ({ name: name3, value: value2, overwrite, advanced: advanced2 }, signal2) =>
      await call4("PutParameter", signal2, async () => {
        const { sdk, client } = await connect4();
        const input = {
          Name: name3,
          Value: value2,
          Overwrite: overwrite,
          Type: "SecureString",
          Tier: advanced2 === true ? "Advanced" : "Standard",
          DataType: "text",
          ...(options.kmsKeyId === null ? {} : { KeyId: options.kmsKeyId }),
        };
        const { Version } = await client.send(new sdk.PutParameterCommand(input), abort(signal2));
        return Version ?? 0;
      }),
    get: async (selectors, signal2) =>
      await call4("GetParameters", signal2, async () => {
        const { sdk, client } = await connect4();
        const input = { Names: [...selectors], WithDecryption: true };
        const { Parameters } = await client.send(new sdk.GetParametersCommand(input), abort(signal2));
        return (Parameters ?? []).map(parameterOf);
      }),
    list: async (path4, next) => await byPath(path4, next, false),
    tree: async (path4, next) => await byPath(path4, next, true),
    history: async (name3, next) =>
      await call4("GetParameterHistory", void 0, async () => {
        const { sdk, client } = await connect4();
        const input = {
          Name: name3,
          WithDecryption: false,
          MaxResults: 50,
          ...(next === null ? {} : { NextToken: next }),
        };
        const { Parameters, NextToken } = await client.send(new sdk.GetParameterHistoryCommand(input));
        const items = (Parameters ?? []).map(({ Version, LastModifiedDate, LastModifiedUser }) => ({
          version: Version ?? 0,
          at: LastModifiedDate?.getTime() ?? 0,
          by: LastModifiedUser ?? null,
        }));
        return { items, next: NextToken ?? null };
      }),
    remove: async (names2) =>
      await call4("DeleteParameters", void 0, async () => {
        const { sdk, client } = await connect4();
        await client.send(new sdk.DeleteParametersCommand({ Names: [...names2] }));
      }),
    throughput: async () =>
      await call4("GetServiceSetting", void 0, async () => {
        const { sdk, client } = await connect4();
        const { ServiceSetting } = await client.send(new sdk.GetServiceSettingCommand({ SettingId: settingId }));
        return ServiceSetting?.SettingValue === "true" ? "high" : null;
      }),
  };
};
var parameterOf = (given) => ({
  name: given.Name ?? "",
  version: given.Version ?? 0,
  value: given.Value ?? "",
  at: given.LastModifiedDate?.getTime() ?? 0,
  ...(given.Type === "StringList" ? { list: true } : {}),
  ...(given.Type === "String" || given.Type === "StringList" ? { plain: true } : {}),
});

// server/src/adapters/stores/aws-ssm/refusals.ts
var refusals4 = [
  [/^ParameterLimitExceeded/u, "This account and Region hold no more parameters.", "Delete some that nobody needs."],
  [
    /^ParameterMaxVersionLimitExceeded/u,
    "A label holds its oldest version.",
    "Move the label of {version} to a newer version, or delete it; GetParameterHistory shows its name.",
  ],
  [
    /^(InvalidKeyId|Disabled|KMS)/u,
    "Its KMS key cannot be used.",
    "Check that the key exists, is enabled and that its policy allows Keyroll's role.",
  ],
  [
    /^CredentialsProviderError|Token|Signature/u,
    "The server's AWS credentials are missing, wrong or out of date.",
    "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
];
var toKeyrollError = (cause, what) => {
  const { failure: failure2, action, reason: reason3 } = cause;
  const facts3 = { changed: false, actual: reason3 };
  if (failure2 === "throttled")
    return new KeyrollError("provider_throttled", `AWS kept throttling ${action} on ${what}.`, facts3, { cause });
  if (failure2 === "lost")
    return new KeyrollError(
      "provider_unreachable",
      `AWS gave no answer to ${action} on ${what} (${reason3}).`,
      facts3,
      {
        cause,
      },
    );
  const said2 = `AWS refused ${action} on ${what} (${reason3}).`;
  const known4 = refusals4.find(([pattern]) => pattern.test(reason3));
  if (known4 === void 0) return new KeyrollError("provider_denied", said2, facts3, { cause });
  const [, sentence, advice] = known4;
  const next = advice.replace("{version}", cause.version === null ? "its oldest version" : `version ${cause.version}`);
  return new KeyrollError("provider_denied", `${said2} ${sentence}`, { ...facts3, next }, { cause });
};
var orKeyrollError = async (what, run) => {
  try {
    return await run();
  } catch (error) {
    throw error instanceof CallFailed ? toKeyrollError(error, what) : error;
  }
};

// server/src/adapters/stores/aws-ssm/calls.ts
var batch = 10;
var readsAtOnce = 4;
var throttledAttempts2 = 10;
var lostAttempts2 = 5;
var createCalls = (parameters, place3, { pacer, clock: clock2, random }) => {
  const pause5 = async (attempt, signal2) =>
    await clock2.sleep(random.fraction() * Math.min(5e3, 100 * 2 ** attempt), signal2);
  const paced = async (bucket, repeats, send, signal2) => {
    const name3 = awsBucket(`aws-ssm:${bucket}`, place3);
    for (let throttled = 0, lost = 0; ;) {
      await pacer.take(name3, signal2);
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        if (error.failure === "throttled") {
          await pacer.throttled(name3);
          if (++throttled >= throttledAttempts2) throw error;
        } else if (!(error.failure === "lost" && repeats && ++lost < lostAttempts2)) throw error;
      }
      await pause5(throttled + lost, signal2);
    }
  };
  const getBatch = async (selectors, signal2) => {
    try {
      return await paced("get", true, async () => await parameters.get(selectors, signal2), signal2);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      const [only] = selectors;
      if (error.failure !== "refused" || selectors.length === 1) throw toKeyrollError(error, only ?? "nothing");
      for (const selector of selectors) await getBatch([selector], signal2);
      throw toKeyrollError(error, selectors.join(", "));
    }
  };
  const page3 = async (path4, next, depth) =>
    await orKeyrollError(
      path4,
      async () =>
        await paced("get", true, async () =>
          depth === "all" ? await parameters.tree(path4, next) : await parameters.list(path4, next),
        ),
    );
  return {
    pause: pause5,
    page: page3,
    expects: (puts) => pacer.expects(awsBucket("aws-ssm:put", place3), puts),
    put: async (put, signal2) => {
      try {
        return await paced("put", false, async () => await parameters.put(put, signal2), signal2);
      } catch (error) {
        if (!(error instanceof CallFailed) || ["exists", "advanced", "lost"].includes(error.failure)) throw error;
        throw toKeyrollError(error, put.name);
      }
    },
    get: async (selectors, signal2) => {
      const found = /* @__PURE__ */ new Map();
      const wanted = new Set(selectors);
      await inParallel(readsAtOnce, inBatches([...wanted]), async (some2) => {
        for (const parameter of await getBatch(some2, signal2)) {
          const pinned = `${parameter.name}:${parameter.version}`;
          found.set(wanted.has(pinned) ? pinned : parameter.name, parameter);
        }
      });
      return found;
    },
    getOnce: async (selectors) => {
      const name3 = awsBucket("aws-ssm:get", place3);
      await pacer.take(name3);
      try {
        return await parameters.get(selectors);
      } catch (error) {
        if (error instanceof CallFailed && error.failure === "throttled") await pacer.throttled(name3);
        if (error instanceof CallFailed || error instanceof KeyrollError) return [];
        throw error;
      }
    },
    list: async (path4) => {
      const items = [];
      for (let next = null; ;) {
        const some2 = await page3(path4, next, "direct");
        items.push(...some2.items);
        if (some2.next === null) return items;
        next = some2.next;
      }
    },
    writings: async (name3) => {
      const all = [];
      for (let next = null; ;) {
        const page4 = await orKeyrollError(
          name3,
          async () => await paced("history", true, async () => await parameters.history(name3, next)),
        );
        all.push(...page4.items);
        if (page4.next === null) return all;
        next = page4.next;
      }
    },
    remove: async (names2) => {
      for (const some2 of inBatches(names2)) {
        await orKeyrollError(
          some2.join(", "),
          async () => await paced("delete", true, async () => await parameters.remove(some2)),
        );
      }
    },
  };
};
var inBatches = (names2) =>
  Array.from({ length: Math.ceil(names2.length / batch) }, (_2, i) => names2.slice(i * batch, (i + 1) * batch));
var inParallel = async (limit, items, work2) => {
  const failures = [];
  const rest2 = [...items];
  const worker = async () => {
    for (let item = rest2.shift(); item !== void 0 && failures.length === 0; item = rest2.shift()) {
      await work2(item).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
};

// server/src/adapters/stores/aws-ssm/foreign.ts
var most2 = 300;
var deepPages = 20;
var refuse4 = (field2, message, next) => new KeyrollError("invalid", message, { field: field2, next, changed: false });
var placeOf2 = (settings9, given) => {
  const region2 = given.region ?? settings9.region;
  const path4 = given.path.replace(/\/+$/u, "");
  if (!region.safeParse(region2).success)
    throw refuse4("from.region", `\`${region2}\` is not a Region's name.`, "Give one such as eu-west-1.");
  if (!/^(\/[a-zA-Z0-9_.-]+){1,15}$/u.test(path4)) {
    throw refuse4(
      "from.ssmPath",
      `\`${given.path.slice(0, 200)}\` is not a path of Parameter Store: parts of letters, digits and _.- behind a / each, at most 15.`,
      "Give the path above the parameters, such as /shop/production.",
    );
  }
  if (/^\/(aws|ssm)/iu.test(path4))
    throw refuse4("from.ssmPath", `\`${path4}\` belongs to AWS.`, "Give a path of your own parameters.");
  if (path4.split("/").some((part) => part.endsWith(".rev"))) {
    throw refuse4(
      "from.ssmPath",
      `\`${path4}\` lies in a tree of records (.rev), which hold no values of their own.`,
      "Give the path above the parameters themselves.",
    );
  }
  return { path: path4, region: region2 };
};
var direct = async (calls, path4) => {
  const found = [];
  for (let next = null; ;) {
    const page3 = await calls.page(path4, next, "direct");
    found.push(...page3.items);
    if (found.length > most2) {
      throw new KeyrollError("limit_exceeded", `More than ${most2} parameters lie directly below ${path4}.`, {
        field: "from.ssmPath",
        limit: most2,
        actual: found.length,
        next: "An environment holds 100 keys: give the path of one app's parameters.",
        changed: false,
      });
    }
    if (page3.next === null) return found;
    next = page3.next;
  }
};
var deeper = async (calls, path4) => {
  const below = /* @__PURE__ */ new Set();
  let count3 = 0;
  let next = null;
  for (let pages = 0; pages < deepPages; pages++) {
    const page3 = await calls.page(path4, next, "all");
    for (const { name: name3 } of page3.items) {
      const [part = "", ...rest2] = name3.slice(path4.length + 1).split("/");
      if (rest2.length === 0 || part.endsWith(".rev")) continue;
      count3 += 1;
      below.add(part);
    }
    if (page3.next === null) return { count: count3, more: false, below: [...below].toSorted() };
    next = page3.next;
  }
  return { count: count3, more: true, below: [...below].toSorted() };
};
var lastPart = (path4, name3) => name3.slice(path4.length + 1);
var foreignParameters = (clientOf2) => ({
  place: placeOf2,
  read: async (settings9, { path: path4, region: region2 }, host) => {
    const calls = createCalls(clientOf2(settings9, region2), { ...settings9, region: region2 }, host);
    const found = await direct(calls, path4);
    const nested = await deeper(calls, path4);
    if (found.length === 0) {
      throw new KeyrollError("not_found", `No parameter lies directly below ${path4} in ${region2}.`, {
        field: "from.ssmPath",
        next:
          nested.count === 0
            ? "Check the path, the Region and the account of the server's AWS credentials."
            : `Parameters lie below ${nested.below.map((part) => `${path4}/${part}`).join(", ")}: give one of these.`,
        changed: false,
      });
    }
    const read3 = await calls.get(found.map(({ name: name3 }) => name3));
    return {
      nested,
      values: found
        .flatMap(({ name: name3, list: list2 }) => {
          const parameter = read3.get(name3);
          if (parameter === void 0) return [];
          return { name: lastPart(path4, name3), value: secretText(parameter.value), list: list2 === true };
        })
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    };
  },
});

// server/src/adapters/stores/document-store.ts
import { Buffer as Buffer7 } from "node:buffer";

// server/src/adapters/stores/document-drift.ts
var driftOf = async (newest, from) => {
  const isByHand = newest.madeFrom !== void 0;
  const before = isByHand ? await from.lastSaved(newest.revision) : null;
  const at3 = isByHand
    ? ((await from.list()).find(({ revision: revision2 }) => revision2 === newest.revision)?.at ?? null)
    : null;
  const who = { at: at3, by: null, ours: false };
  const drift2 = [];
  for (const [key2, pair2] of newest.keys) {
    const old = before?.keys.get(key2);
    const broken2 = brokenIn(newest, key2);
    if (broken2 === null && (!isByHand || isSamePair(old, pair2))) continue;
    if (before !== null && old === void 0) {
      const message2 = `\`${key2}\` was added to ${from.place} by hand.`;
      drift2.push({ key: key2, kind: "foreign", message: message2, savedIn: null, ...who });
      continue;
    }
    const savedIn = savedWhere(key2, isByHand ? before : await from.load(pair2.revision));
    const message = broken2 ?? `\`${key2}\` was changed in ${from.place} by hand.`;
    drift2.push({ key: key2, kind: "changed", message, savedIn, ...who });
  }
  for (const key2 of before?.keys.keys() ?? []) {
    if (newest.keys.has(key2)) continue;
    const message = `\`${key2}\` was removed from ${from.place} by hand.`;
    drift2.push({ key: key2, kind: "missing", message, savedIn: savedWhere(key2, before), ...who });
  }
  return drift2;
};
var brokenIn = ({ keys: keys2 }, key2) => {
  const pair2 = keys2.get(key2);
  if (pair2 === void 0) return `\`${key2}\` is not there.`;
  try {
    decode(key2, pair2);
    return null;
  } catch (error) {
    if (error instanceof KeyrollError) return error.message;
    throw error;
  }
};
var savedWhere = (key2, document) =>
  document === null || brokenIn(document, key2) !== null ? null : document.revision;

// server/src/adapters/stores/document-store.ts
var attempts2 = 3;
var patience3 = { tries: 10, milliseconds: 200 };
var documentStore = (driver, { scope: scope2, clock: clock2 }) => {
  const { place: place3 } = driver;
  const adopted2 = async (document, revision2) => {
    if (document.revision === revision2) return document;
    const before = parse((await driver.load(document.revision))?.document);
    const keys2 = new Map(
      [...document.keys].map(([key2, pair2]) => [
        key2,
        isSamePair(before?.keys.get(key2), pair2) ? pair2 : { ...pair2, revision: revision2 },
      ]),
    );
    return {
      ...document,
      revision: revision2,
      txn: `by hand, version ${revision2}`,
      keys: keys2,
      madeFrom: document.revision,
    };
  };
  const own2 = async (stored, revision2) => {
    const document = parse(stored);
    if (document === null)
      throw new KeyrollError(
        "integrity",
        `Version ${revision2} of ${place3} ${stored === null ? "was deleted by hand" : "is not one that Keyroll wrote"}.`,
        { actual: revision2, next: driver.repair, changed: false },
      );
    if (document.environment !== scope2.environmentId && document.destroyed !== true)
      throw new KeyrollError("in_use", `${place3} holds the values of another environment.`, {
        next: "Give this connection another prefix, or destroy the other environment's values.",
        changed: false,
      });
    return await adopted2(document, revision2);
  };
  const load = async (at3) => {
    const found = await driver.load(at3);
    if (found === null) return null;
    const document = await own2(found.document, found.revision);
    return document.destroyed === true ? null : document;
  };
  const lastSaved = async (below) => {
    for (const { revision: revision2, readable } of await driver.list()) {
      if (revision2 >= below || !readable) continue;
      const document = parse((await driver.load(revision2))?.document);
      if (document === null || document.destroyed === true) return null;
      if (document.revision === revision2) return document;
    }
    return null;
  };
  const newest = async (atLeast = 0) => {
    for (let tries3 = 1; ; tries3++) {
      const found = await driver.load(null);
      const isStale = (found?.revision ?? 0) < atLeast && tries3 < patience3.tries;
      if (!isStale) return found === null ? null : await own2(found.document, found.revision);
      await clock2.sleep(patience3.milliseconds);
    }
  };
  const alive = (document) => (document?.destroyed === true ? null : document);
  const repeated = async (live, { expect, txn }) => {
    if (live === null || live.txn === txn) return live;
    const made = expect === 0 ? live.since : expect + 1;
    const document = made < live.revision ? await load(made) : null;
    return document?.txn === txn ? document : null;
  };
  const next = (base4, { txn, changes: changes2 }) => {
    const parent = base4?.revision ?? 0;
    const live = alive(base4);
    return {
      environment: scope2.environmentId,
      revision: parent + 1,
      parent,
      since: live?.since ?? parent + 1,
      txn,
      at: clock2.now(),
      keys: apply(live?.keys ?? /* @__PURE__ */ new Map(), changes2, parent + 1),
    };
  };
  const refuseTooLarge = (document) => {
    const bytes = Buffer7.byteLength(JSON.stringify(print(document)));
    if (bytes <= driver.documentBytes) return;
    throw new KeyrollError(
      "limit_exceeded",
      `All values of the environment are one document of ${bytes} bytes; ${place3} takes ${driver.documentBytes}.`,
      { limit: driver.documentBytes, actual: bytes, changed: false },
    );
  };
  const commit = async (wanted) => {
    let base4 = await newest();
    let unknown2 = null;
    for (let attempt = 1; attempt <= attempts2; attempt++) {
      const live = alive(base4);
      const earlier = await repeated(live, wanted);
      if (earlier !== null) return { done: manifestOf(earlier) };
      if ((live?.revision ?? 0) !== wanted.expect) return { conflict: live === null ? null : manifestOf(live) };
      const document = next(base4, wanted);
      refuseTooLarge(document);
      let stored = null;
      try {
        stored = await driver.store(print(document), document.parent);
      } catch (error) {
        if (!(error instanceof KeyrollError) || error.code !== "indeterminate") throw error;
        unknown2 = error;
      }
      if (stored === true) return { done: manifestOf(document) };
      try {
        base4 = await newest(stored === false ? document.revision : 0);
      } catch (error) {
        if (unknown2 !== null) throw unknown2;
        throw error;
      }
    }
    throw (
      unknown2 ??
      new KeyrollError("provider_unreachable", `${place3} refuses a version that it does not show.`, { changed: false })
    );
  };
  const destroy = async (mode) => {
    for (let attempt = 1; ; attempt++) {
      const base4 = await newest();
      if (base4 === null || base4.environment !== scope2.environmentId) return;
      if (mode === "purge") {
        await driver.drop("everything", "purge");
        return;
      }
      const versions2 = await driver.list();
      const old = versions2.filter(({ revision: revision2, readable }) => readable && revision2 < base4.revision);
      const revisions = old.map(({ revision: revision2 }) => revision2);
      const grave = next(base4, { expect: base4.revision, txn: `destroyed after ${base4.revision}`, changes: [] });
      const isGone =
        base4.destroyed === true ||
        (await driver.store(print({ ...grave, destroyed: true, keys: /* @__PURE__ */ new Map() }), base4.revision));
      if (isGone) {
        await driver.drop(base4.destroyed === true ? revisions : [...revisions, base4.revision], "soft");
        return;
      }
      if (attempt === attempts2)
        throw new KeyrollError("revision_conflict", `Others keep saving to ${place3}; it was not destroyed.`);
    }
  };
  return {
    manifest: async ({ at: at3, atLeast } = {}) => {
      const document = at3 === void 0 ? alive(await newest(atLeast)) : await load(at3);
      return document === null ? null : manifestOf(document);
    },
    read: async (at3, keys2) => {
      const document = await load(at3);
      if (document === null)
        throw new KeyrollError("revision_gone", `Revision ${at3} is not in ${place3} any more.`, { actual: at3 });
      const values = /* @__PURE__ */ new Map();
      for (const key2 of keys2 ?? document.keys.keys()) {
        const pair2 = document.keys.get(key2);
        if (pair2 === void 0)
          throw new KeyrollError("not_found", `\`${key2}\` is not in revision ${at3}.`, { key: key2 });
        values.set(key2, decode(key2, pair2));
      }
      return values;
    },
    // One document is written at once: there is no progress to tell.
    commit: async (wanted, { signal: signal2 }) => {
      signal2.throwIfAborted();
      return await commit(wanted);
    },
    revisions: async ({ before, limit }) => {
      const live = alive(await newest());
      if (live === null) return [];
      const all = await driver.list();
      return all.filter((one) => one.revision >= live.since && one.revision < (before ?? Infinity)).slice(0, limit);
    },
    upkeep: {
      inspect: async () => {
        const live = alive(await newest());
        return live === null
          ? []
          : await driftOf(live, { place: place3, load, lastSaved, list: async () => await driver.list() });
      },
      prune: async (keep2) => {
        const live = alive(await newest());
        if (live === null) return { more: false };
        const old = (await driver.list()).filter(
          ({ revision: revision2, readable }) => readable && revision2 < live.revision,
        );
        const gone2 = old.map(({ revision: revision2 }) => revision2).filter((revision2) => !keep2.has(revision2));
        if (gone2.length > 0) await driver.drop(gone2, "purge");
        return { more: false };
      },
      purge: async (_keys, gone2) => {
        const live = alive(await newest());
        const there2 = (await driver.list()).filter(
          ({ revision: revision2, readable }) => readable && gone2.has(revision2),
        );
        const old = there2
          .map(({ revision: revision2 }) => revision2)
          .filter((revision2) => revision2 < (live?.revision ?? 0));
        if (old.length > 0) await driver.drop(old, "purge");
      },
      destroy,
    },
  };
};

// server/src/adapters/stores/aws-secrets-manager.ts
var settings = z3
  .strictObject({
    region: region.describe("AWS Region of the secrets"),
    prefix: z3
      .string()
      .max(200)
      .regex(/^[\w+=.@-]+(\/[\w+=.@-]+)*$/u, "letters, digits and _+=.@- in parts divided by /")
      .default("keyroll")
      .describe("beginning of every name, before app and environment"),
    kmsKeyId: kmsKeyId.optional().describe("KMS key of new secrets; the account's aws/secretsmanager when absent"),
    ...roleSettings,
  })
  .superRefine(checkAccount);
var awsSecretsManager = {
  kind: "aws-secrets-manager",
  label: "AWS Secrets Manager",
  settings,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes * 3) / 4 - 2e3,
    keyPattern: null,
    transactional: false,
    revisionsKept: versionsKept,
    cannotPurge: "AWS Secrets Manager deletes a version only when 100 newer ones are there",
    plainReaders: false,
  },
  place: placeOf,
  policies: secretsManagerPolicies,
  identity: identityOf,
  check: async (given, host) =>
    await identified(given, async () => await checkSecretsManager(restOf(given, host), given, host)),
  open: (given, scope2, host) =>
    documentStore(secretDocument(restOf(given, host), given, scope2, host), { scope: scope2, clock: host.clock }),
  // The same account has a Parameter Store.
  foreign: foreignParameters((given, region2) =>
    connectParameters({ region: region2, kmsKeyId: null, role: roleOf(given) }),
  ),
};

// server/src/adapters/stores/aws-ssm.ts
import { z as z5 } from "zod";

// server/src/adapters/stores/aws-ssm/value.ts
import { Buffer as Buffer8, isUtf8 as isUtf82 } from "node:buffer";
import { createHmac as createHmac2 } from "node:crypto";
var parameterBytes = 4096;
var advancedBytes = 8192;
var keyPattern = /^[a-zA-Z0-9_.-]+$/u;
var unfit = /\{\{|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
var encodeValue2 = (key2, value2, most10) => {
  const bytes = Buffer8.from(value2.expose());
  const text4 = value2.binary || !isUtf82(bytes) ? null : bytes.toString("utf8");
  const encoded2 = text4 === null || unfit.test(text4);
  const form = { empty: bytes.byteLength === 0, encoded: bytes.byteLength > 0 && encoded2, binary: value2.binary };
  const stored = form.encoded ? bytes.toString("base64") : (text4 ?? "");
  const limit = form.encoded ? (most10 / 4) * 3 : most10;
  if (bytes.byteLength > limit) {
    const why = form.encoded ? " as base64, which it needs" : "";
    throw new KeyrollError(
      "limit_exceeded",
      `\`${key2}\` has ${bytes.byteLength} bytes; Parameter Store takes ${limit}${why}.`,
      {
        field: `set.${key2}`,
        key: key2,
        limit,
        actual: bytes.byteLength,
        changed: false,
        ...(most10 < advancedBytes
          ? { next: "Make it smaller, or set `tier` of the connection to advanced, which costs; nothing was changed." }
          : {}),
      },
    );
  }
  return { form, text: stored, isLarge: Buffer8.byteLength(stored) > parameterBytes };
};
var decodeValue = (form, text4) =>
  new Secret(new Uint8Array(form.empty ? [] : Buffer8.from(text4, form.encoded ? "base64" : "utf8")), form.binary);
var digestBytes = 8;
var digestOf = (digestKey, key2, value2) =>
  createHmac2("sha256", digestKey)
    .update(`keyroll-ssm-1\0${key2}\0`)
    .update(value2.expose())
    .digest()
    .subarray(0, digestBytes)
    .toString("base64url");

// server/src/adapters/stores/aws-ssm/check.ts
var refusalOf3 = (error, what) => {
  if (error instanceof KeyrollError) return error;
  if (error instanceof CallFailed) return toKeyrollError(error, what);
  throw error;
};
var checkSsm = async (parameters, settings9, host) => {
  const { prefix: prefix2, kmsKeyId: kmsKeyId2 } = settings9;
  const calls = createCalls(parameters, settings9, host);
  const path4 = `/${prefix2}.rev/check`;
  const name3 = `${path4}/${host.random.id()}`;
  const findings = [];
  const attempt = async (id4, what, good, run, without2) => {
    const required = without2 === void 0;
    try {
      await run();
      findings.push({ id: id4, what, ok: true, required, message: good, next: null });
      return true;
    } catch (error) {
      const { message, next } = refusalOf3(error, name3);
      findings.push({ id: id4, what, ok: false, required, message, next: without2 ?? next });
      return false;
    }
  };
  const checkAdvanced = async () => {
    const large = `${name3}-advanced`;
    const isWritten = await attempt(
      "advanced",
      "ssm:PutParameter, kms:GenerateDataKey",
      `A value of ${advancedBytes} bytes can be written in the advanced tier.`,
      async () => await calls.put({ name: large, value: "x".repeat(advancedBytes), overwrite: false, advanced: true }),
    );
    if (isWritten) await calls.remove([large]).catch(() => void 0);
  };
  await attempt(
    "list",
    "ssm:GetParametersByPath",
    `Records below /${prefix2}.rev can be listed.`,
    async () => await calls.list(path4),
  );
  const wrote = await attempt(
    "write",
    "ssm:PutParameter, kms:Encrypt",
    `A SecureString can be written with ${kmsKeyId2 ?? "alias/aws/ssm"}.`,
    async () => await calls.put({ name: name3, value: "check", overwrite: false }),
  );
  if (wrote) {
    await attempt("read", "ssm:GetParameters, kms:Decrypt", "It can be read and decrypted.", async () => {
      for (let i = 0; i < 5; i++) {
        if ((await calls.get([name3])).get(name3)?.value === "check") return;
        await calls.pause(i + 1);
      }
      throw new KeyrollError("provider_unreachable", `${name3} was written and cannot be seen.`);
    });
    await attempt(
      "history",
      "ssm:GetParameterHistory",
      "Who changed a parameter past Keyroll can be told.",
      async () => await calls.writings(name3),
      "Not needed: without it drift does not say who.",
    );
    await attempt("delete", "ssm:DeleteParameters", "It can be deleted.", async () => await calls.remove([name3]));
  }
  if (settings9.tier === "advanced") await checkAdvanced();
  findings.push(ownKey(kmsKeyId2, "alias/aws/ssm", "parameters"), await throughput(parameters));
  return findings;
};
var throughput = async (parameters) => {
  const what = "ssm:GetServiceSetting";
  const id4 = "throughput";
  try {
    const high = (await parameters.throughput()) === "high";
    const message = high
      ? "Higher throughput is on: about 10 writes a second."
      : "Default throughput: 3 writes a second; saving 100 keys takes about half a minute.";
    return { id: id4, what, ok: true, required: false, message, next: null };
  } catch (error) {
    const { message } = refusalOf3(error, "the throughput setting");
    return {
      id: id4,
      what,
      ok: false,
      required: false,
      message,
      next: "Not needed: Keyroll finds the rate by itself.",
    };
  }
};

// server/src/adapters/stores/aws-ssm/policy.ts
var allow = (Sid, actions2, Resource) => ({
  Sid,
  Effect: "Allow",
  Action: actions2.map((action) => `ssm:${action}`),
  Resource,
});
var pathOf = ({ app: app2, environment: environment2 }) => (app2 === null ? "*" : `${app2}/${environment2 ?? "*"}`);
var ssmPolicies = (settings9, scope2) => {
  const { prefix: prefix2 } = settings9;
  const arnOf = arnsOf(settings9);
  const path4 = pathOf(scope2);
  const [values, records, checks] = [`${prefix2}/${path4}`, `${prefix2}.rev/${path4}`, `${prefix2}.rev/check`];
  const parameters = (...paths) => paths.map((one) => arnOf("ssm", `parameter/${one}`));
  const below = (...paths) => parameters(...paths.map((one) => (one.endsWith("*") ? one : `${one}/*`)));
  const isAll = scope2.app === null;
  const written = below(values, records, ...(isAll ? [] : [checks]));
  const key2 = (actions2, resources) =>
    keyStatement(settings9, actions2, { service: "ssm", context: "PARAMETER_ARN", resources });
  return [
    {
      name: "writer",
      purpose:
        settings9.roleArn === void 0
          ? "For the server's own role or user: what Keyroll calls, where it calls it, and nothing else."
          : `For ${settings9.roleArn}: what Keyroll calls, where it calls it, and nothing else.`,
      document: documentOf2([
        allow("Parameters", ["PutParameter", "GetParameters", "DeleteParameters"], written),
        allow("Lists", ["GetParametersByPath"], parameters(values, records, ...(isAll ? [] : [checks]))),
        // Who changed a value past Keyroll.
        allow("Writers", ["GetParameterHistory"], below(values, checks)),
        allow(
          "Throughput",
          ["GetServiceSetting"],
          [arnOf("ssm", "servicesetting/ssm/parameter-store/high-throughput-enabled")],
        ),
        // The advanced tier encrypts with a data key of its own for each value.
        ...key2(["Encrypt", "Decrypt", ...(settings9.tier === "advanced" ? ["GenerateDataKey"] : [])], written),
      ]),
    },
    {
      name: "reader",
      purpose:
        "For a program that reads values by itself, such as an operator in the cluster. Keyroll does not need it.",
      document: documentOf2([
        allow("Parameters", ["GetParameter", "GetParameters"], below(values, records)),
        // The values' own path is for programs that know nothing of records, such as the AWS command line.
        allow("Lists", ["GetParametersByPath"], parameters(values, records)),
        ...key2(["Decrypt"], below(values, records)),
      ]),
    },
    ...rolePolicies(settings9),
  ];
};

// server/src/adapters/stores/aws-ssm/records.ts
import { Buffer as Buffer10 } from "node:buffer";

// server/src/adapters/stores/aws-ssm/record.ts
import { Buffer as Buffer9 } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { z as z4 } from "zod";
var formOf = (pin) => ({ empty: pin.version === 0, encoded: pin.encoded, binary: pin.binary });
var manifestOf2 = ({ revision: revision2, txn, at: at3, pins }) => ({
  revision: revision2,
  txn,
  at: at3,
  entries: new Map(
    [...pins].map(([name3, { key: key2, revision: revision3, bytes, lines, binary }]) => [
      name3,
      { key: key2, revision: revision3, bytes, lines, binary },
    ]),
  ),
});
var columns = z4.object({
  n: z4.int().positive(),
  p: z4.int().nonnegative(),
  t: z4.string(),
  a: z4.number(),
  e: z4.string(),
  k: z4.array(z4.string()),
  v: z4.array(z4.int().nonnegative()),
  /** 1 encoded, 2 binary. */
  f: z4.array(z4.int()),
  b: z4.array(z4.int().nonnegative()),
  l: z4.array(z4.int().nonnegative()),
  r: z4.array(z4.int().positive()),
  d: z4.array(z4.string()),
});
var whole = "kr1.";
var split = "kr1+.";
var packRecord = (record3, tag) => {
  const pins = [...record3.pins.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const plain3 = {
    n: record3.revision,
    p: record3.parent,
    t: record3.txn,
    a: record3.at,
    e: record3.environmentId,
    k: pins.map(({ key: key2 }) => key2),
    v: pins.map(({ version: version4 }) => version4),
    f: pins.map(({ encoded: encoded2, binary }) => (encoded2 ? 1 : 0) + (binary ? 2 : 0)),
    b: pins.map(({ bytes }) => bytes),
    l: pins.map(({ lines }) => lines),
    r: pins.map(({ revision: revision2 }) => revision2),
    d: pins.map(({ digest }) => digest),
  };
  const text4 = deflateSync(JSON.stringify(plain3), { level: 9 }).toString("base64url");
  if (whole.length + text4.length <= parameterBytes) return { head: whole + text4, parts: [] };
  const parts2 = text4.match(new RegExp(`.{1,${parameterBytes}}`, "gu")) ?? [];
  return { head: `${split}${tag}.${parts2.length}`, parts: parts2 };
};
var partsOf = (head3) => {
  if (!head3.startsWith(split)) return [];
  const [tag, count3] = head3.slice(split.length).split(".");
  return Array.from({ length: Number(count3) }, (_2, i) => partName(tag ?? "", i));
};
var partName = (tag, index) => `${tag}.${index + 1}`;
var unpackRecord = (head3, parts2) => {
  const text4 = head3.startsWith(split) ? parts2.join("") : head3.slice(whole.length);
  if (!head3.startsWith(split) && !head3.startsWith(whole)) throw new Error("not a record of this format");
  const given = columns.parse(JSON.parse(inflateSync(Buffer9.from(text4, "base64url")).toString("utf8")));
  const at3 = (column, index) => {
    const found = column[index];
    if (found === void 0) throw new Error("columns of different length");
    return found;
  };
  return {
    revision: given.n,
    parent: given.p,
    txn: given.t,
    at: given.a,
    environmentId: given.e,
    pins: new Map(
      given.k.map((key2, i) => [
        key2,
        {
          key: key2,
          version: at3(given.v, i),
          encoded: (at3(given.f, i) & 1) === 1,
          binary: (at3(given.f, i) & 2) === 2,
          bytes: at3(given.b, i),
          lines: at3(given.l, i),
          revision: at3(given.r, i),
          digest: at3(given.d, i),
        },
      ]),
    ),
  };
};

// server/src/adapters/stores/aws-ssm/records.ts
var lostAttempts3 = 6;
var stride = 3;
var recordName = (paths, revision2) => `${paths.records}/${String(revision2).padStart(6, "0")}`;
var revisionIn = (name3) => {
  const found = /\/(\d{6,15})(?:\.[^/]*)?$/u.exec(name3)?.[1];
  return found === void 0 ? null : Number(found);
};
var nothingElse = { digestKey: false };
var revisionsIn = (listed2) =>
  listed2
    .filter(({ name: name3 }) => /\/\d{6,15}$/u.test(name3))
    .flatMap(({ name: name3 }) => revisionIn(name3) ?? [])
    .toSorted((a, b) => a - b);
var createRecords = (calls, paths, scope2, { clock: clock2, random, patience: patience6 }, hints) => {
  const place3 = `${paths.region}:${paths.records}`;
  const keyName = `${paths.records}/key`;
  const open2 = (revision2, head3, parts2) => {
    let record3;
    try {
      record3 = unpackRecord(
        head3,
        partsOf(head3).map((part) => parts2.get(selectorOf(revision2, part))?.value ?? ""),
      );
    } catch {
      throw damaged(revision2);
    }
    if (record3.revision !== revision2) throw damaged(revision2);
    if (record3.environmentId === scope2.environmentId) return record3;
    throw new KeyrollError(
      "in_use",
      `${paths.values} in ${paths.region} holds the values of another environment (id \`${record3.environmentId}\`).`,
      { field: "store.settings.prefix", changed: false, next: "Use another prefix, or delete what is there." },
    );
  };
  const damaged = (revision2) =>
    new KeyrollError(
      "integrity",
      `The record of revision ${revision2}, ${recordName(paths, revision2)}, does not verify.`,
      {
        actual: revision2,
        next: "Older revisions can still be read. Restore this parameter's first version from a backup.",
      },
    );
  const selectorOf = (revision2, part) => `${recordName(paths, revision2)}${part === void 0 ? "" : `.${part}`}:1`;
  let known4 = null;
  const takeKey = (text4) => (known4 = new Uint8Array(Buffer10.from(text4, "base64url")));
  const all = async (revisions, also = nothingElse) => {
    const asksForKey = also.digestKey && known4 === null;
    const heads = await calls.get([
      ...revisions.map((revision2) => selectorOf(revision2)),
      ...(asksForKey ? [keyName] : []),
    ]);
    const key2 = heads.get(keyName)?.value;
    if (key2 !== void 0) takeKey(key2);
    const found = revisions.flatMap((revision2) => {
      const head3 = heads.get(selectorOf(revision2))?.value;
      return head3 === void 0 ? [] : [{ revision: revision2, head: head3 }];
    });
    const selectors = found.flatMap(({ revision: revision2, head: head3 }) =>
      partsOf(head3).map((part) => selectorOf(revision2, part)),
    );
    const parts2 = await patiently(
      async () => await calls.get(selectors),
      ({ size }) => size === selectors.length,
    );
    const records = found.map(({ revision: revision2, head: head3 }) => open2(revision2, head3, parts2));
    for (const { revision: revision2 } of records) hints.set(place3, Math.max(hints.get(place3) ?? 0, revision2));
    return records;
  };
  const numbers = async () => revisionsIn(await calls.list(paths.records));
  const forward = async (from, also) => {
    let newest2 = null;
    for (let first = Math.max(1, from); ; first += stride) {
      const found = await all(
        Array.from({ length: stride }, (_2, i) => first + i),
        also,
      );
      newest2 = found.at(-1) ?? newest2;
      if (newest2?.revision !== first + stride - 1) return newest2;
    }
  };
  const patiently = async (look3, done) => {
    const end = clock2.now() + patience6;
    for (let attempt = 0; ; attempt++) {
      const found = await look3();
      if (done(found) || clock2.now() >= end) return found;
      await calls.pause(attempt);
    }
  };
  const newest = async (atLeast = 0, also = nothingElse) => {
    const sure = Math.max(atLeast, hints.get(place3) ?? 0);
    const found = await patiently(
      async () => (sure > 0 ? await forward(sure, also) : null) ?? (await forward((await numbers()).at(-1) ?? 1, also)),
      (found2) => (found2?.revision ?? 0) >= sure,
    );
    if ((found?.revision ?? 0) < (hints.get(place3) ?? 0)) hints.set(place3, found?.revision ?? 0);
    return found;
  };
  const at3 = async (revision2, also = nothingElse) => {
    const [found] = await all([revision2], also);
    if (found !== void 0) return found;
    const [oldest] = await numbers();
    if (oldest === void 0 ? !hints.has(place3) : revision2 < oldest) return null;
    const [late] = await patiently(
      async () => await all([revision2]),
      (records) => records.length > 0,
    );
    return late ?? null;
  };
  const putOnce = async (name3, value2, unknown2) => {
    for (let lost = 0; ;) {
      try {
        await calls.put({ name: name3, value: value2, overwrite: false });
        return "put";
      } catch (error) {
        if (error instanceof CallFailed && error.failure === "exists") return "exists";
        const isLost2 = error instanceof CallFailed && error.failure === "lost";
        if (isLost2) lost++;
        if (!isLost2 && lost === 0) throw error;
        if (!isLost2 || lost >= lostAttempts3)
          throw new KeyrollError(
            unknown2,
            `Whether ${name3} was written is not known: AWS gave no answer.`,
            {},
            { cause: error },
          );
        await calls.pause(lost);
      }
    }
  };
  const whoseIs = async (revision2) => {
    const unknown2 = `Revision ${revision2} exists and cannot be read yet: whether it is this one is not known.`;
    try {
      const [there2] = await patiently(
        async () => await all([revision2]),
        (found) => found.length > 0,
      );
      if (there2 !== void 0) return there2;
    } catch (cause) {
      if (!(cause instanceof KeyrollError) || cause.code === "in_use") throw cause;
      throw new KeyrollError("indeterminate", unknown2, { actual: revision2 }, { cause });
    }
    throw new KeyrollError("indeterminate", unknown2, { actual: revision2 });
  };
  const create2 = async (record3, signal2) => {
    const tag = Buffer10.from(random.bytes(6)).toString("hex");
    const { head: head3, parts: parts2 } = packRecord(record3, tag);
    for (const [index, part] of parts2.entries()) {
      signal2.throwIfAborted();
      await putOnce(`${recordName(paths, record3.revision)}.${partName(tag, index)}`, part, "provider_unreachable");
    }
    signal2.throwIfAborted();
    if ((await putOnce(recordName(paths, record3.revision), head3, "indeterminate")) === "put") {
      hints.set(place3, record3.revision);
      return "created";
    }
    const there2 = await whoseIs(record3.revision);
    return there2.txn === record3.txn ? "created" : there2;
  };
  const digestKey = async (mayMake, signal2) => {
    if (known4 !== null && !mayMake) return known4;
    const look3 = async () => (await calls.get([keyName], signal2)).get(keyName)?.value;
    const isThere = (found) => found !== void 0;
    let text4 = mayMake ? await look3() : await patiently(look3, isThere);
    if (text4 === void 0 && mayMake) {
      const made = Buffer10.from(random.bytes(32)).toString("base64url");
      text4 = (await putOnce(keyName, made, "provider_unreachable")) === "put" ? made : await patiently(look3, isThere);
    }
    if (text4 === void 0)
      throw new KeyrollError("integrity", `${keyName} is missing: no value of this environment can be verified.`, {
        changed: false,
        next: "Restore this parameter from a backup.",
      });
    return takeKey(text4);
  };
  const destroy = async () => {
    const listed2 = (await calls.list(paths.records)).map(({ name: name3 }) => name3);
    await calls.remove(listed2.filter((name3) => name3 !== keyName));
    await calls.remove(listed2.filter((name3) => name3 === keyName));
    hints.delete(place3);
    known4 = null;
  };
  return { numbers, at: at3, all, newest, create: create2, digestKey, destroy };
};

// server/src/adapters/stores/aws-ssm/store.ts
import { isDeepStrictEqual } from "node:util";

// server/src/adapters/stores/aws-ssm/pins.ts
var factsOf2 = (key2, value2, revision2, digestKey) => ({
  key: key2,
  revision: revision2,
  bytes: value2.size,
  lines: value2.lines,
  binary: value2.binary,
  digest: digestOf(digestKey, key2, value2),
});
var pinFor = (change2, known4) => {
  if (change2.op === "remove") return null;
  if (change2.op === "adopt") return adopted(change2.key, known4);
  const { key: key2, value: value2 } = change2;
  const { pins, versions: versions2, encoded: encoded2, revision: revision2, digestKey } = known4;
  const place3 = { version: versions2.get(key2) ?? 0, encoded: encoded2.get(key2)?.form.encoded ?? false };
  const before = pins.get(key2);
  if (change2.op === "mend" && before !== void 0) return { ...before, ...place3 };
  return { ...factsOf2(key2, value2, revision2, digestKey), ...place3 };
};
var adopted = (key2, { there: there2, revision: revision2, digestKey }) => {
  const found = there2.get(key2);
  if (found === void 0)
    throw new KeyrollError("not_found", `There is no parameter for \`${key2}\` to adopt.`, {
      key: key2,
      changed: false,
    });
  if (found.plain === true)
    throw new KeyrollError(
      "invalid",
      `The parameter of \`${key2}\` is not encrypted (String or StringList), which Parameter Store never changes.`,
      { key: key2, changed: false, next: `Delete it there and save \`${key2}\` here: then it is a SecureString.` },
    );
  const value2 = decodeValue({ empty: false, encoded: false, binary: false }, found.value);
  return { ...factsOf2(key2, value2, revision2, digestKey), version: found.version, encoded: false };
};
var refuseAnother = (head3, { key: key2, value: value2 }, digestKey) => {
  const pin = head3?.pins.get(key2);
  if (pin === void 0) throw new KeyrollError("not_found", `\`${key2}\` is not saved.`, { key: key2, changed: false });
  if (pin.version === 0)
    throw new KeyrollError("invalid", `\`${key2}\` is saved empty, which is no parameter: none can be put back.`, {
      key: key2,
      changed: false,
      next: "Delete the parameter there, or adopt it.",
    });
  if (digestOf(digestKey, key2, value2) === pin.digest) return;
  throw new KeyrollError(
    "integrity",
    `What was found of \`${key2}\` is another value than the one that revision ${pin.revision} saved.`,
    { key: key2, changed: false, next: "Save this key again." },
  );
};

// server/src/adapters/stores/aws-ssm/upkeep.ts
var mostAsked = 100;
var most3 = 100;
var createUpkeep = ({ paths, calls, records, values, host, longestSave }) => {
  const inspect2 = async ({ authors } = { authors: true }) => {
    const head3 = await records.newest();
    const there2 = await values.list();
    const retained2 = await records.all(await records.numbers());
    const pinned = newestPins(retained2);
    const found = [];
    for (const [key2, { version: version4 }] of there2) {
      if (head3?.pins.has(key2) !== true && version4 > (pinned.get(key2) ?? 0)) found.push(foreign(key2, version4));
    }
    if (head3 !== null) found.push(...(await differing(head3, there2)));
    const asked = new Set(authors ? found.filter(({ kind: kind2 }) => kind2 !== "missing").slice(0, mostAsked) : []);
    return await Promise.all(
      found.map(async (drift2) => {
        const writings = asked.has(drift2) ? await writingsOf(drift2.key) : [];
        const last = writings.at(-1);
        const pinned2 = writings.find(({ version: version4 }) => version4 === head3?.pins.get(drift2.key)?.version);
        const since = writings.filter(({ version: version4 }) => version4 > (pinned2?.version ?? 0));
        return {
          ...drift2,
          at: last?.at ?? there2.get(drift2.key)?.at ?? null,
          by: last?.by ?? null,
          ours: typeof pinned2?.by === "string" && since.length > 0 && since.every(({ by }) => by === pinned2.by),
        };
      }),
    );
  };
  const writingsOf = async (key2) => {
    try {
      return await calls.writings(`${paths.values}/${key2}`);
    } catch (error) {
      if (error instanceof KeyrollError) return [];
      throw error;
    }
  };
  const differing = async (head3, there2) => {
    const present = [...head3.pins.values()].filter(
      ({ key: key2, version: version4 }) => version4 > 0 && there2.has(key2),
    );
    const intact = await readable(head3, present);
    return [...head3.pins.values()].flatMap((pin) => {
      const newest = there2.get(pin.key)?.version ?? 0;
      const isIntact = pin.version === 0 || intact.has(pin.key);
      if (newest === pin.version && isIntact) return [];
      return [difference(pin, newest, head3.revision, isIntact)];
    });
  };
  const readable = async (head3, pins) => {
    if (pins.length === 0) return /* @__PURE__ */ new Set();
    const digestKey = await records.digestKey(false);
    const keys2 = /* @__PURE__ */ new Set();
    const look3 = async (some2) => {
      try {
        for (const key2 of (await values.read(head3, some2, digestKey)).keys()) keys2.add(key2);
      } catch (error) {
        if (!(error instanceof KeyrollError) || !["integrity", "revision_gone"].includes(error.code)) throw error;
        if (some2.length > 1) for (const pin of some2) await look3([pin]);
      }
    };
    await look3(pins);
    return keys2;
  };
  const holdFence = async (fence) => {
    const name3 = `${paths.records}/fence`;
    const there2 = Number((await calls.get([name3])).get(name3)?.value ?? -1);
    if (there2 > fence)
      throw new KeyrollError("lease_lost", `A later worker (fence ${there2}) prunes ${paths.values} now.`, {
        limit: there2,
        actual: fence,
      });
    if (there2 < fence)
      await orKeyrollError(name3, async () => await calls.put({ name: name3, value: String(fence), overwrite: true }));
  };
  const prune = async (keep2, fence) => {
    const isOld = ({ at: at3 }) => at3 <= host.clock.now() - longestSave;
    const newest = await records.newest();
    if (newest === null) return { more: false };
    const listed2 = await calls.list(paths.records);
    const age = new Map(listed2.map((parameter) => [parameter.name, parameter.at]));
    const all = await records.all(revisionsIn(listed2));
    const doomed = all.filter(
      ({ revision: revision2 }) =>
        revision2 < newest.revision &&
        !keep2.has(revision2) &&
        isOld({ at: age.get(recordName(paths, revision2)) ?? Number.POSITIVE_INFINITY }),
    );
    const retained2 = [newest, ...all.filter((record3) => !doomed.includes(record3))];
    const needed = new Set(retained2.flatMap(({ pins }) => [...pins.keys()]));
    const there2 = await values.list();
    const keys2 = new Set(doomed.flatMap(({ pins }) => [...pins.keys()]).filter((key2) => !needed.has(key2)));
    const dead = [...keys2].filter((key2) => {
      const parameter = there2.get(key2);
      return parameter !== void 0 && isOld(parameter);
    });
    const waiting = new Set([...keys2].filter((key2) => there2.has(key2) && !dead.includes(key2)));
    const names2 = new Set(
      doomed
        .filter(({ pins }) => ![...pins.keys()].some((key2) => waiting.has(key2)))
        .map(({ revision: revision2 }) => recordName(paths, revision2)),
    );
    const parts2 = await unneededParts(listed2.filter(isOld), names2);
    const [firstDead, firstRecords] = [dead.slice(0, most3), [...parts2, ...names2]];
    const allowed = firstDead.length < dead.length ? [] : firstRecords.slice(0, most3 - firstDead.length);
    for (const keys3 of inBatches(firstDead)) {
      await holdFence(fence);
      await values.remove(keys3);
    }
    for (const names3 of inBatches(allowed)) {
      await holdFence(fence);
      await calls.remove(names3);
    }
    return { more: firstDead.length + allowed.length < dead.length + firstRecords.length };
  };
  const unneededParts = async (listed2, going) => {
    const isPart = ({ name: name3 }) => /\/\d{6,15}\./u.test(name3);
    const found = listed2.filter(isPart);
    if (found.length === 0) return [];
    const numbers = [...new Set(found.flatMap(({ name: name3 }) => revisionIn(name3) ?? []))].map((n) =>
      recordName(paths, n),
    );
    const heads = await calls.get(numbers.map((name3) => `${name3}:1`));
    const needed = new Set(
      numbers.flatMap((name3) =>
        going.has(name3) ? [] : partsOf(heads.get(`${name3}:1`)?.value ?? "").map((part) => `${name3}.${part}`),
      ),
    );
    return found.map(({ name: name3 }) => name3).filter((name3) => !needed.has(name3));
  };
  const purge = async (keys2) => {
    const newest = await records.newest();
    const listed2 = await calls.list(paths.records);
    const since = listed2.find(({ name: name3 }) => name3 === recordName(paths, newest?.revision ?? 0))?.at ?? 0;
    const there2 = await values.list();
    const dead = keys2.filter((key2) => there2.has(key2) && newest?.pins.has(key2) === false);
    const young = dead.filter((key2) => (there2.get(key2)?.at ?? 0) > since);
    const old = dead.filter((key2) => !young.includes(key2));
    for (const some2 of inBatches(old)) await values.remove(some2);
    if (young.length === 0) return;
    throw new KeyrollError(
      "in_use",
      `Others have written ${young.map((key2) => `\`${key2}\``).join(", ")} at ${paths.values} since then; that is left alone.`,
      { keys: young, changed: old.length > 0 },
    );
  };
  return {
    inspect: inspect2,
    prune,
    purge,
    /** Deletion is final in Parameter Store, so both modes are. Takes everything that lies at the path. */
    destroy: async () => {
      const there2 = await values.list();
      await values.remove([...there2.keys()]);
      await records.destroy();
    },
  };
};
var newestPins = (retained2) => {
  const newest = /* @__PURE__ */ new Map();
  for (const { pins } of retained2)
    for (const { key: key2, version: version4 } of pins.values())
      newest.set(key2, Math.max(version4, newest.get(key2) ?? 0));
  return newest;
};
var foreign = (key2, version4) => ({
  key: key2,
  kind: "foreign",
  message: `\`${key2}\` (version ${version4}) is not part of the newest revision.`,
  savedIn: null,
});
var difference = ({ key: key2, version: version4 }, newest, revision2, isIntact) => {
  const savedIn = isIntact && version4 > 0 ? revision2 : null;
  if (newest === 0)
    return {
      key: key2,
      kind: "missing",
      message: `\`${key2}\` of revision ${revision2} was deleted in Parameter Store.`,
      savedIn,
    };
  const saved2 = version4 === 0 ? "is empty and needs none" : `uses version ${version4}`;
  const message =
    newest > version4 && isIntact
      ? `\`${key2}\` has version ${newest} in Parameter Store; revision ${revision2} ${saved2}.`
      : `\`${key2}\` was deleted and made anew in Parameter Store: its version ${newest} is not what revision ${revision2} saved.`;
  return { key: key2, kind: "changed", message, savedIn };
};

// server/src/adapters/stores/aws-ssm/values.ts
var putsAtOnce = 10;
var lostAttempts4 = 5;
var versionsKept2 = 100;
var fresh = 10 * 6e4;
var isKept = (version4, latest) =>
  version4 === 0 || (latest !== void 0 && version4 <= latest && latest - version4 < versionsKept2);
var createValues = (calls, paths, { clock: clock2, patience: patience6 }) => {
  const nameOf12 = (key2) => `${paths.values}/${key2}`;
  const selectorOf = ({ key: key2, version: version4 }) => `${nameOf12(key2)}:${version4}`;
  const fetch = async (record3, pins, seen) => {
    const selectors = pins.map(selectorOf);
    const unseen = selectors.filter((selector) => !seen.has(selector));
    const found = new Map([...seen, ...(await calls.get(unseen))].filter(([selector]) => selectors.includes(selector)));
    const end = clock2.now() - record3.at < fresh ? clock2.now() + patience6 : 0;
    for (let attempt = 0; found.size < selectors.length && clock2.now() < end; attempt++) {
      await calls.pause(attempt);
      for (const [selector, parameter] of await calls.get(selectors.filter((selector2) => !found.has(selector2))))
        found.set(selector, parameter);
    }
    return found;
  };
  const latest = async (keys2) => {
    const found = await calls.get(keys2.map(nameOf12));
    return new Map(
      keys2.flatMap((key2) => {
        const parameter = found.get(nameOf12(key2));
        return parameter === void 0 ? [] : [[key2, parameter]];
      }),
    );
  };
  const missing4 = async (record3, pins) => {
    const keys2 = pins.map(({ key: key2 }) => key2);
    const now = await latest(keys2);
    const names2 = keys2.map((key2) => `\`${key2}\``).join(", ");
    const evicted = pins.every(
      ({ key: key2, version: version4 }) => (now.get(key2)?.version ?? 0) - version4 >= versionsKept2,
    );
    return evicted
      ? new KeyrollError(
          "revision_gone",
          `Revision ${record3.revision} cannot be read whole: Parameter Store no longer keeps its version of ${names2}.`,
          { keys: keys2, actual: record3.revision },
        )
      : new KeyrollError(
          "integrity",
          `Revision ${record3.revision} cannot be read whole: ${names2} ${keys2.length === 1 ? "was" : "were"} deleted in Parameter Store.`,
          { keys: keys2, actual: record3.revision, next: "Save these keys again." },
        );
  };
  return {
    latest,
    ahead: async (keys2) => {
      if (keys2.length === 0 || keys2.length > batch) return /* @__PURE__ */ new Map();
      const found = await calls.getOnce(keys2.map(nameOf12));
      return new Map(found.map((parameter) => [`${parameter.name}:${parameter.version}`, parameter]));
    },
    read: async (record3, pins, digestKey, seen = /* @__PURE__ */ new Map()) => {
      const stored = pins.filter(({ version: version4 }) => version4 > 0);
      const found = await fetch(record3, stored, seen);
      const lost = stored.filter((pin) => !found.has(selectorOf(pin)));
      if (lost.length > 0) throw await missing4(record3, lost);
      const values = /* @__PURE__ */ new Map();
      for (const pin of pins) {
        const value2 = decodeValue(formOf(pin), found.get(selectorOf(pin))?.value ?? "");
        if (digestOf(digestKey, pin.key, value2) !== pin.digest)
          throw new KeyrollError(
            "integrity",
            `\`${pin.key}\`: version ${pin.version} in Parameter Store is not what revision ${record3.revision} saved.`,
            { key: pin.key, actual: record3.revision, next: "Save this key again." },
          );
        values.set(pin.key, value2);
      }
      return values;
    },
    put: async (values, signal2, done) => {
      const versions2 = /* @__PURE__ */ new Map();
      await inParallel(putsAtOnce, [...values], async ([key2, { text: text4, isLarge }]) => {
        let advanced2 = isLarge;
        for (let lost = 1; !versions2.has(key2); lost++) {
          signal2.throwIfAborted();
          try {
            versions2.set(
              key2,
              await calls.put({ name: nameOf12(key2), value: text4, overwrite: true, advanced: advanced2 }, signal2),
            );
          } catch (error) {
            if (!(error instanceof CallFailed)) throw error;
            if (error.failure === "advanced" && !advanced2) {
              advanced2 = true;
              continue;
            }
            if (error.failure !== "lost" || lost >= lostAttempts4) throw toKeyrollError(error, nameOf12(key2));
            const there2 = (await latest([key2])).get(key2);
            if (there2?.value === text4) versions2.set(key2, there2.version);
            else await calls.pause(lost, signal2);
          }
        }
        done();
      });
      return versions2;
    },
    list: async () => {
      const listed2 = await calls.list(paths.values);
      return new Map(listed2.map((parameter) => [parameter.name.slice(paths.values.length + 1), parameter]));
    },
    remove: async (keys2) => await calls.remove(keys2.map(nameOf12)),
  };
};

// server/src/adapters/stores/aws-ssm/store.ts
var mostAhead = 50;
var openSsm = (parts2) => {
  const { records, values, environmentId, host } = parts2;
  const most10 = parts2.tier === "advanced" ? advancedBytes : parameterBytes;
  const recordAt = async (at3) => {
    const record3 = await records.at(at3, { digestKey: true });
    if (record3 !== null) return record3;
    throw new KeyrollError("revision_gone", `Revision ${at3} cannot be read any more.`, { actual: at3 });
  };
  let base4 = null;
  let written = null;
  const readBy = async (record3, keys2, seen) => {
    const digestKey = await records.digestKey(false);
    const pins =
      keys2 === void 0 ? [...record3.pins.values()] : [...new Set(keys2)].map((key2) => pinOf(record3, key2));
    return await values.read(record3, pins, digestKey, seen);
  };
  const readBack2 = async (record3, keys2) => {
    const [there2, found] = await Promise.allSettled([recordAt(record3.revision), readBy(record3, keys2)]);
    if (there2.status === "rejected") throw there2.reason;
    if (!isDeepStrictEqual(there2.value, record3)) return await readBy(there2.value, keys2);
    if (found.status === "rejected") throw found.reason;
    return found.value;
  };
  const read3 = async (at3, keys2) => {
    if (at3 === written?.revision) return await readBack2(written, keys2);
    if (at3 === base4?.record.revision) return await readBy(base4.record, keys2, base4.seen);
    return await readBy(await recordAt(at3), keys2);
  };
  const beginSave = async (atLeast, keys2) => {
    base4 = null;
    const [newest, ahead] = await Promise.allSettled([
      records.newest(atLeast, { digestKey: true }),
      values.ahead(keys2.filter((key2) => keyPattern.test(key2))),
    ]);
    if (newest.status === "rejected") throw newest.reason;
    if (newest.value !== null)
      base4 = { record: newest.value, seen: ahead.status === "fulfilled" ? ahead.value : /* @__PURE__ */ new Map() };
    return newest.value;
  };
  const headFor = async (expect) => {
    const begun = base4;
    base4 = null;
    return begun?.record.revision === expect ? begun.record : await records.newest(expect, { digestKey: true });
  };
  const repeated = async (head3, { expect, txn }) => {
    if (head3 === null || head3.txn === txn) return head3;
    if (head3.revision <= expect) return null;
    const after = await records.all([expect + 1, expect + 2]);
    return after.find((record3) => record3.txn === txn) ?? null;
  };
  const commit = async (given, { signal: signal2, progress }) => {
    const changes2 = new Map(given.changes.map((change2) => [change2.key, change2]));
    for (const key2 of changes2.keys()) checkKey2(key2);
    const encoded2 = new Map(
      [...changes2.values()].flatMap((change2) =>
        change2.op === "set" || change2.op === "mend"
          ? // What was saved once may be as large as it was then.
            [[change2.key, encodeValue2(change2.key, change2.value, change2.op === "mend" ? advancedBytes : most10)]]
          : [],
      ),
    );
    signal2.throwIfAborted();
    let head3 = await headFor(given.expect);
    const before = await repeated(head3, given);
    if (before !== null) return { done: manifestOf2(before) };
    if ((head3?.revision ?? 0) !== given.expect) return { conflict: head3 === null ? null : manifestOf2(head3) };
    const digestKey = await records.digestKey(head3 === null, signal2);
    for (const change2 of changes2.values()) if (change2.op === "mend") refuseAnother(head3, change2, digestKey);
    const puts = new Map([...encoded2].filter(([, { form }]) => !form.empty));
    let count3 = 0;
    const tell = () => progress({ written: count3, of: puts.size, left: parts2.calls.expects(puts.size - count3 + 1) });
    tell();
    const versions2 = await values.put(puts, signal2, () => {
      count3 += 1;
      tell();
    });
    const worn = [...versions2].filter(([key2, version4]) => {
      const pin = head3?.pins.get(key2);
      return pin !== void 0 && pin.version > 0 && version4 - pin.version >= mostAhead && isKept(pin.version, version4);
    });
    if (head3 !== null && worn.length > 0) {
      const guarded = await protect(
        head3,
        worn.map(([key2]) => key2),
        `${given.txn}.guard`,
        digestKey,
        signal2,
      );
      if ("conflict" in guarded) return guarded;
      head3 = guarded.record;
      const again2 = new Map(worn.flatMap(([key2]) => [...puts].filter(([name3]) => name3 === key2)));
      for (const [key2, version4] of await values.put(again2, signal2, () => void 0)) versions2.set(key2, version4);
    }
    const revision2 = (head3?.revision ?? 0) + 1;
    const pins = new Map(head3?.pins);
    const there2 = await values.latest(
      [...changes2.values()].flatMap(({ op, key: key2 }) => (op === "adopt" ? [key2] : [])),
    );
    for (const change2 of changes2.values()) {
      const pin = pinFor(change2, {
        pins,
        revision: revision2,
        digestKey,
        encoded: encoded2,
        versions: versions2,
        there: there2,
      });
      if (pin === null) pins.delete(change2.key);
      else pins.set(change2.key, pin);
    }
    const record3 = {
      revision: revision2,
      parent: revision2 - 1,
      txn: given.txn,
      at: host.clock.now(),
      environmentId,
      pins,
    };
    const made = await records.create(record3, signal2);
    if (made !== "created") return { conflict: manifestOf2((await records.newest(made.revision)) ?? made) };
    written = record3;
    return { done: manifestOf2(record3) };
  };
  const protect = async (head3, keys2, txn, digestKey, signal2) => {
    const old = /* @__PURE__ */ new Map();
    for (const key2 of keys2) {
      const pins2 = [pinOf(head3, key2)];
      const intact = await values.read(head3, pins2, digestKey).catch((error) => {
        if (error instanceof KeyrollError && error.code === "integrity") return /* @__PURE__ */ new Map();
        throw error;
      });
      for (const [name3, value2] of intact) old.set(name3, value2);
    }
    if (old.size === 0) return { record: head3 };
    const texts = new Map([...old].map(([key2, value2]) => [key2, encodeValue2(key2, value2, advancedBytes)]));
    const versions2 = await values.put(texts, signal2, () => void 0);
    const pins = new Map(
      [...head3.pins].map(([key2, pin]) => [
        key2,
        { ...pin, version: versions2.get(key2) ?? pin.version, encoded: texts.get(key2)?.form.encoded ?? pin.encoded },
      ]),
    );
    const revision2 = head3.revision + 1;
    const record3 = { ...head3, revision: revision2, parent: head3.revision, txn, at: host.clock.now(), pins };
    const made = await records.create(record3, signal2);
    if (made === "created") return { record: record3 };
    return { conflict: manifestOf2((await records.newest(made.revision)) ?? made) };
  };
  return {
    manifest: async ({ at: at3, atLeast, toSave } = {}) => {
      const newest = async () => (toSave === void 0 ? await records.newest(atLeast) : await beginSave(atLeast, toSave));
      const record3 = at3 === void 0 ? await newest() : await records.at(at3);
      return record3 === null ? null : manifestOf2(record3);
    },
    read: read3,
    commit,
    revisions: async ({ before, limit }) => {
      const newest = await records.newest();
      const listed2 = new Set(await records.numbers());
      for (let n = Math.max(0, ...listed2) + 1; n <= (newest?.revision ?? 0); n++) listed2.add(n);
      const numbers = [...listed2].filter((revision2) => before === void 0 || revision2 < before);
      const found = await records.all(numbers.toSorted((a, b) => a - b).slice(-limit));
      const latest = await values.list();
      return found.toReversed().map(({ revision: revision2, at: at3, pins }) => ({
        revision: revision2,
        at: at3,
        readable: [...pins.values()].every(({ key: key2, version: version4 }) =>
          isKept(version4, latest.get(key2)?.version),
        ),
      }));
    },
    upkeep: createUpkeep(parts2),
  };
};
var checkKey2 = (key2) => {
  if (keyPattern.test(key2)) return;
  throw new KeyrollError("invalid", `\`${key2}\`: Parameter Store takes only names of ${keyPattern.source}.`, {
    field: `set.${key2}`,
    key: key2,
    limit: keyPattern.source,
    changed: false,
  });
};
var pinOf = (record3, key2) => {
  const pin = record3.pins.get(key2);
  if (pin !== void 0) return pin;
  throw new KeyrollError("not_found", `\`${key2}\` is not in revision ${record3.revision}.`, { key: key2 });
};

// server/src/adapters/stores/aws-ssm.ts
var settings2 = z5
  .strictObject({
    region: region.describe("AWS Region of the parameters"),
    prefix: z5
      .string()
      .max(200)
      .regex(/^[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+){0,10}$/u, "letters, digits and _.- in at most 11 parts divided by /")
      .refine((text4) => !/^(aws|ssm)/iu.test(text4), "must not begin with aws or ssm, which AWS keeps for itself")
      .refine((text4) => !text4.endsWith(".rev"), "must not end in .rev, where records lie")
      .default("keyroll")
      .describe("path before app and environment, without slashes at its ends"),
    kmsKeyId: kmsKeyId.optional().describe("KMS key of the parameters; the account's alias/aws/ssm when absent"),
    ...roleSettings,
    tier: z5
      .enum(["standard", "advanced"])
      .optional()
      .describe("standard when absent: values of up to 4,096 bytes, free. advanced: up to 8,192 bytes, which costs"),
  })
  .superRefine(checkAccount);
var price = "about $0.05 a month in most Regions";
var pathsOf = ({ region: region2, prefix: prefix2 }, { app: app2, environment: environment2 }) => ({
  region: region2,
  values: `/${prefix2}/${app2}/${environment2}`,
  records: `/${prefix2}.rev/${app2}/${environment2}`,
});
var capabilities = {
  valueBytes: parameterBytes,
  larger: `With \`tier\` advanced in the connection's settings it takes ${advancedBytes}, for ${price} each.`,
  keyPattern,
  transactional: false,
  revisionsKept: 100,
  cannotPurge: null,
  plainReaders: true,
};
var { larger: _, ...most4 } = capabilities;
var advanced = { ...most4, valueBytes: advancedBytes };
var usual = { patience: 3e3, longestSave: 24 * 36e5, connect: connectParameters };
var createAwsSsm = (options = {}) => {
  const { patience: patience6, longestSave, connect: connect4 } = { ...usual, ...options };
  const clients2 = /* @__PURE__ */ new Map();
  const hints = /* @__PURE__ */ new Map();
  const clientOf2 = (given) => {
    const account = { region: given.region, kmsKeyId: given.kmsKeyId ?? null, role: roleOf(given) };
    const name3 = JSON.stringify(account);
    const client = clients2.get(name3) ?? connect4(account);
    clients2.set(name3, client);
    return client;
  };
  return {
    kind: "aws-ssm",
    label: "AWS Systems Manager Parameter Store",
    settings: settings2,
    capabilities,
    capabilitiesOf: ({ tier }) => (tier === "advanced" ? advanced : capabilities),
    costs: [
      {
        setting: "tier",
        value: "advanced",
        text: `AWS bills ${price} for each value over ${parameterBytes} bytes, and for calls on it. Such a parameter never becomes a standard one again; the cost ends when its key is removed and the revisions that had it are pruned.`,
      },
    ],
    // The tier of a value is found out at each put, and the key that it was encrypted with at each read.
    place: ({ prefix: prefix2, region: inRegion, roleArn, externalId }) => ({
      ...placeOf({ region: inRegion, roleArn, externalId }),
      prefix: prefix2,
    }),
    policies: ssmPolicies,
    identity: identityOf,
    check: async (given, host) => await identified(given, async () => await checkSsm(clientOf2(given), given, host)),
    open: (given, scope2, host) => {
      const paths = pathsOf(given, scope2);
      const calls = createCalls(clientOf2(given), given, host);
      const records = createRecords(calls, paths, scope2, { ...host, patience: patience6 }, hints);
      const values = createValues(calls, paths, { ...host, patience: patience6 });
      const { environmentId } = scope2;
      return openSsm({
        paths,
        environmentId,
        tier: given.tier ?? "standard",
        calls,
        records,
        values,
        host,
        longestSave,
      });
    },
    foreign: foreignParameters(({ roleArn, externalId }, region2) =>
      clientOf2({ region: region2, prefix: "", ...(roleArn === void 0 ? {} : { roleArn, externalId }) }),
    ),
    valuesAt: (given, scope2) => ({ path: pathsOf(given, scope2).values, region: given.region }),
  };
};

// server/src/adapters/stores/azure.ts
import { z as z7 } from "zod";

// server/src/adapters/stores/azure/versions.ts
import { createHash as createHash3 } from "node:crypto";
var noParent = "none";
var tagsOf2 = (facts3, txn) => ({
  "keyroll-environment": facts3.environment,
  "keyroll-revision": String(facts3.revision),
  "keyroll-parent": facts3.parent,
  "keyroll-transaction": txn.slice(0, 256),
  "keyroll-parts": String(facts3.parts),
  "keyroll-saved": String(facts3.saved),
  "keyroll-destroyed": String(facts3.destroyed),
});
var factsOf3 = (tags) => {
  const given = tags ?? {};
  const { "keyroll-environment": environment2, "keyroll-revision": revision2, "keyroll-parent": parent } = given;
  if (environment2 === void 0 || parent === void 0 || !/^\d{1,9}$/u.test(revision2 ?? "")) return null;
  return {
    environment: environment2,
    revision: Number(revision2),
    parent,
    parts: Number(given["keyroll-parts"]) || 0,
    saved: Number(given["keyroll-saved"]) || 0,
    destroyed: given["keyroll-destroyed"] === "true",
  };
};
var isBefore = (a, b) => a.at < b.at || (a.at === b.at && a.id < b.id);
var chainOf2 = (versions2) => {
  const first = /* @__PURE__ */ new Map();
  for (const version4 of versions2) {
    const { facts: facts3 } = version4;
    if (facts3 === null) continue;
    const rival = first.get(facts3.parent);
    if (rival === void 0 || isBefore(version4, rival)) first.set(facts3.parent, { ...version4, facts: facts3 });
  }
  const chain = [];
  for (let at3 = first.get(noParent); at3 !== void 0; at3 = first.get(at3.id)) chain.unshift(at3);
  return chain;
};
var nameOf4 = (prefix2, app2, environment2) => {
  const slug = `${prefix2}-${app2}-${environment2}`.toLowerCase().slice(0, 80);
  const hash2 = createHash3("sha256")
    .update(JSON.stringify([prefix2.toLowerCase(), app2, environment2]))
    .digest("hex");
  return `kr-${slug}-${hash2.slice(0, 8)}`;
};
var partName2 = (name3, revision2, part) => `${name3}-p-${revision2}-${part}`;

// server/src/adapters/stores/azure/check.ts
var facts = (id4, what, message) => ({
  id: id4,
  what,
  ok: true,
  required: false,
  message,
  next: null,
});
var checkVault = async (secrets3, { prefix: prefix2 }, { random }) => {
  const name3 = nameOf4(prefix2, "keyroll-check", random.id().replaceAll("_", "-"));
  let version4 = "";
  const write2 = await tried([
    "write",
    "secrets set",
    async () => {
      version4 = (await secrets3.set(name3, "{}", {}, true)).id;
      return "A secret can be written.";
    },
  ]);
  if (!write2.ok) return [write2];
  const rights3 = await triedAll([
    [
      "read",
      "secrets get",
      async () => {
        if ((await secrets3.get(name3, version4)) === "{}") return "It can be read.";
        throw new KeyrollError("provider_unreachable", `${name3} was written and cannot be seen.`);
      },
    ],
    [
      "history",
      "secrets list",
      async () => {
        await secrets3.versions(name3);
        return "Versions can be listed.";
      },
    ],
    [
      "disable",
      "secrets set",
      async () => {
        await secrets3.disable(name3, version4);
        return "A version can be disabled.";
      },
    ],
    [
      "delete",
      "secrets delete",
      async () => {
        await secrets3.remove(name3, false);
        return "A secret can be deleted for a time.";
      },
    ],
    [
      "recover",
      "secrets recover",
      async () => {
        await secrets3.recover(name3);
        await secrets3.remove(name3, false);
        return "It can be brought back.";
      },
    ],
  ]);
  const purge = await tried(
    [
      "purge",
      "secrets purge",
      async () => {
        await secrets3.purge(name3);
        return "It can be deleted for good.";
      },
    ],
    false,
  );
  return [
    write2,
    ...rights3,
    purge,
    facts(
      "compare-and-swap",
      "none in Key Vault",
      "Key Vault has no write under a condition: a save waits up to two seconds until it is certain who was first.",
    ),
    facts("encrypted", "the key", "Key Vault encrypts with Microsoft's keys; an own key cannot be given for secrets."),
  ];
};

// server/src/adapters/cloud/bearer.ts
var margin = 3e5;
var createBearer = (clock2, grant) => {
  let session2 = null;
  const take2 = async () => {
    const began = clock2.now();
    const made = await grant();
    return { ...made, ends: began + Math.max(made.seconds * 500, made.seconds * 1e3 - margin) };
  };
  return async (fresh3) => {
    const before = session2;
    const known4 = await before;
    if (known4 !== null && !fresh3 && clock2.now() < known4.ends) return known4.token;
    if (session2 === before) {
      const begun = take2();
      session2 = begun;
      begun.catch(() => {
        if (session2 === begun) session2 = null;
      });
    }
    return (await (session2 ?? take2())).token;
  };
};
var takeToken = async ({ url, headers, form }) => {
  const failed2 = (code, why, cause) =>
    new KeyrollError(
      code,
      `${url.host} gives the server no token: ${why}.`,
      { next: "Check the provider's variables in the server's environment.", changed: false },
      { cause },
    );
  let status;
  let body;
  const { request } = await import("undici");
  try {
    const answer3 = await request(url, {
      method: form === void 0 ? "GET" : "POST",
      signal: AbortSignal.timeout(1e4),
      headers: {
        accept: "application/json",
        ...(form === void 0 ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      body: form === void 0 ? null : new URLSearchParams(form).toString(),
    });
    status = answer3.statusCode;
    body = await answer3.body.json().catch(() => ({}));
  } catch (error2) {
    throw failed2("provider_unreachable", `it cannot be reached (${reasonOf(error2)})`, error2);
  }
  const { access_token: token3, expires_in: seconds2, error } = body;
  if (status < 300 && typeof token3 === "string" && token3 !== "")
    return { token: token3, seconds: Number(seconds2) || 600 };
  if (status >= 500 || status === 429) throw failed2("provider_unreachable", `it answered ${status}`);
  const reason3 = typeof error === "string" && /^[a-z_]{1,40}$/u.test(error) ? `${status} ${error}` : `${status}`;
  throw failed2("provider_denied", `it answered ${reason3}`);
};
var variable = (variables, name3) => {
  const found = variables.get(name3);
  if (found !== void 0) return found;
  throw new KeyrollError("provider_denied", `The server has no ${name3} in its environment.`, {
    next: `Start the server with ${name3}.`,
    changed: false,
  });
};

// server/src/adapters/cloud/azure/token.ts
import { readFile } from "node:fs/promises";
var grantOf = async (variables, resource) => {
  const client = variables.get("AZURE_CLIENT_ID");
  const file = variables.get("AZURE_FEDERATED_TOKEN_FILE");
  const secret2 = variables.get("AZURE_CLIENT_SECRET");
  if (file !== void 0 || secret2 !== void 0) {
    const authority = variables.get("AZURE_AUTHORITY_HOST") ?? "https://login.microsoftonline.com";
    const tenant = encodeURIComponent(variable(variables, "AZURE_TENANT_ID"));
    const proof =
      file === void 0
        ? { client_secret: secret2 ?? "" }
        : {
            client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            client_assertion: await tokenIn(file),
          };
    return await takeToken({
      url: new URL(`/${tenant}/oauth2/v2.0/token`, authority),
      form: {
        client_id: variable(variables, "AZURE_CLIENT_ID"),
        scope: `${resource}/.default`,
        grant_type: "client_credentials",
        ...proof,
      },
    });
  }
  const which = new URLSearchParams({ resource, ...(client === void 0 ? {} : { client_id: client }) });
  const endpoint = variables.get("IDENTITY_ENDPOINT");
  if (endpoint !== void 0)
    return await takeToken({
      url: new URL(`${endpoint}?api-version=2019-08-01&${which.toString()}`),
      headers: { "x-identity-header": variable(variables, "IDENTITY_HEADER") },
    });
  const metadata = variables.get("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  if (metadata !== void 0)
    return await takeToken({
      url: new URL(`/metadata/identity/oauth2/token?api-version=2018-02-01&${which.toString()}`, metadata),
      headers: { metadata: "true" },
    });
  throw new KeyrollError("provider_denied", "The server's environment names no way to sign in to Azure.", {
    next: "Start it with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE; on an Azure machine with AZURE_POD_IDENTITY_AUTHORITY_HOST=http://169.254.169.254.",
    changed: false,
  });
};
var tokenIn = async (file) =>
  await readFile(file, "utf8").then(
    (text4) => text4.trim(),
    () => {
      throw new KeyrollError("provider_denied", "The file that AZURE_FEDERATED_TOKEN_FILE names cannot be read.", {
        next: "Check the projected volume of the server's pod.",
        changed: false,
      });
    },
  );

// server/src/adapters/stores/azure/client.ts
var version2 = "7.4";
var call2 = async (rest2, right, method, path4, options = {}) => {
  const { body, expected = [], repeats = true } = options;
  const [resource = ""] = path4.split("?");
  const reply = await rest2.ask({
    method,
    path: path4.includes("api-version=") ? path4 : `${path4}${path4.includes("?") ? "&" : "?"}api-version=${version2}`,
    ...(body === void 0 ? {} : { body }),
    what: `${right} on \`${resource}\``,
    repeats,
  });
  if (reply.status < 300 || expected.includes(reply.status)) return { ...reply, body: reply.body ?? {} };
  const code = reply.body?.error?.code;
  const said2 = typeof code === "string" && /^\w{1,40}$/u.test(code) ? `${reply.status} ${code}` : `${reply.status}`;
  throw new KeyrollError("provider_denied", `Key Vault refused ${right} on \`${resource}\` (${said2}).`, {
    next: `Give the server's identity the permission \`${right}\` on secrets (role Key Vault Secrets Officer), and check the vault's firewall.`,
    changed: false,
  });
};
var clouds = [
  [".vault.azure.net", "https://vault.azure.net"],
  [".vault.azure.cn", "https://vault.azure.cn"],
  [".vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"],
];
var connect2 = (vaultUrl, host) => {
  const base4 = new URL(vaultUrl);
  const cloud = clouds.find(
    ([suffix]) => base4.protocol === "https:" && base4.port === "" && base4.hostname.endsWith(suffix),
  );
  const meant = host.variables.get("AZURE_KEYVAULT_URL");
  const isMeant = meant !== void 0 && URL.canParse(meant) && new URL(meant).origin === base4.origin;
  if (cloud === void 0 && !isMeant)
    throw new KeyrollError("provider_denied", `${base4.origin} is not one of Azure's vaults: no token is sent there.`, {
      field: "store.settings.vaultUrl",
      next: "Give an address such as https://my-vault.vault.azure.net, or set AZURE_KEYVAULT_URL of the server to this one.",
      changed: false,
    });
  const resource = cloud?.[1] ?? "https://vault.azure.net";
  const token3 = createBearer(host.clock, async () => await grantOf(host.variables, resource));
  return createRest({
    base: base4,
    host,
    bucket: `azure:${base4.host}`,
    lookup: guardedLookup(base4, host.egress),
    authorize: async (_call, _body, fresh3) => ({ authorization: `Bearer ${await token3(fresh3)}` }),
  });
};
var rests2 = perProcess();
var restOf2 = (vaultUrl, host) => rests2(host.variables, vaultUrl, () => connect2(vaultUrl, host));

// server/src/adapters/stores/azure/documents.ts
import { Buffer as Buffer11 } from "node:buffer";
import { z as z6 } from "zod";
var secretBytes = 25e3;
var documentBytes2 = 40 * secretBytes;
var usualTimes = { settle: 2e3, look: 250 };
var pointer = z6.object({ keyrollParts: z6.array(z6.object({ name: z6.string(), id: z6.string() })) });
var piecesOf = (text4, most10 = secretBytes) => {
  const bytes = Buffer11.from(text4);
  const pieces = [];
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(from + most10, bytes.length);
    while (to < bytes.length && ((bytes[to] ?? 0) & 192) === 128) to -= 1;
    pieces.push(bytes.toString("utf8", from, to));
    from = to;
  }
  return pieces;
};
var vaultDocument = (
  secrets3,
  { prefix: prefix2 },
  scope2,
  { clock: clock2 },
  { settle: settle3, look: look3 } = usualTimes,
) => {
  const name3 = nameOf4(prefix2, scope2.app, scope2.environment);
  const place3 = `Azure Key Vault \`${name3}\``;
  const repair = `Disable the version that is not Keyroll's: az keyvault secret set-attributes --name ${name3} --version ID --enabled false.`;
  let tip = null;
  const settled = async () => {
    for (;;) {
      const { versions: versions2, date } = await secrets3.versions(name3);
      const foreign2 = versions2.find(({ facts: facts3, enabled }) => facts3 === null && enabled);
      if (foreign2 !== void 0)
        throw new KeyrollError("integrity", `${place3} has a version that Keyroll did not write (${foreign2.id}).`, {
          next: repair,
          changed: false,
        });
      const chain = chainOf2(versions2);
      const wait3 = chain[0] === void 0 ? 0 : chain[0].at + settle3 - date;
      if (wait3 <= 0) return chain;
      await clock2.sleep(Math.max(look3, wait3 - 1e3));
    }
  };
  const buried = async () => {
    const found = await secrets3.deleted(name3);
    if (found === null) return null;
    const { facts: facts3, ends } = found;
    if (facts3?.destroyed !== true)
      throw new KeyrollError(
        "integrity",
        `${place3} was deleted by somebody${ends === null ? "" : `, until ${ends}`}.`,
        {
          next: `Bring it back (az keyvault secret recover --name ${name3}), or purge it.`,
          changed: false,
        },
      );
    const { revision: revision2, environment: environment2 } = facts3;
    tip = { revision: revision2, id: null };
    const grave = {
      environment: environment2,
      revision: revision2,
      parent: revision2 - 1,
      since: revision2,
      txn: "destroyed",
      at: 0,
    };
    return { revision: revision2, document: print({ ...grave, destroyed: true, keys: /* @__PURE__ */ new Map() }) };
  };
  const documentOf3 = async ({ id: id4, enabled }) => {
    if (!enabled) return null;
    const text4 = await secrets3.get(name3, id4);
    if (text4 === null) return null;
    const head3 = parsed2(text4);
    const parts2 = pointer.safeParse(head3);
    if (!parts2.success) return head3;
    const texts = [];
    for (const part of parts2.data.keyrollParts) {
      const piece = await secrets3.get(part.name, part.id);
      if (piece === null) return null;
      texts.push(piece);
    }
    return parsed2(texts.join(""));
  };
  const write2 = async (text4, facts3, txn) => {
    const pieces = Buffer11.byteLength(text4) <= secretBytes ? [] : piecesOf(text4);
    const keyrollParts = [];
    for (const [index, piece] of pieces.entries()) {
      const part = partName2(name3, facts3.revision, index + 1);
      const { id: id4 } = await secrets3.set(part, piece, { "keyroll-environment": facts3.environment }, true);
      keyrollParts.push({ name: part, id: id4 });
    }
    const value2 = pieces.length === 0 ? text4 : JSON.stringify({ keyrollParts });
    return (await secrets3.set(name3, value2, tagsOf2({ ...facts3, parts: pieces.length }, txn), false)).id;
  };
  const partsOf2 = ({ revision: revision2, parts: parts2 }) =>
    Array.from({ length: parts2 }, (_2, index) => partName2(name3, revision2, index + 1));
  return {
    place: place3,
    documentBytes: documentBytes2,
    repair,
    load: async (at3) => {
      tip = null;
      const chain = await settled();
      const [head3] = chain;
      if (head3 === void 0) return at3 === null ? await buried() : null;
      tip = { revision: head3.facts.revision, id: head3.id };
      const one = at3 === null ? head3 : chain.find(({ facts: facts3 }) => facts3.revision === at3);
      if (one === void 0) return null;
      const document = await documentOf3(one);
      if (document === null && at3 !== null) return null;
      return { revision: one.facts.revision, document };
    },
    store: async (document, expect) => {
      if ((tip?.revision ?? 0) !== expect) return false;
      let parent = tip?.id ?? noParent;
      if (tip !== null && tip.id === null) {
        await secrets3.recover(name3);
        const [head3] = await settled();
        if (head3 === void 0 || head3.facts.revision !== expect) return false;
        parent = head3.id;
      }
      tip = null;
      const revision2 = expect + 1;
      const destroyed = document["destroyed"] === true;
      const facts3 = {
        environment: scope2.environmentId,
        revision: revision2,
        parent,
        destroyed,
        saved: Number(document["at"]),
      };
      const id4 = await write2(JSON.stringify(document), facts3, String(document["txn"]));
      let chain;
      try {
        chain = await settled();
      } catch (error) {
        throw new KeyrollError(
          "indeterminate",
          `${place3} took the version, and does not tell whether another came before it.`,
          {},
          { cause: error },
        );
      }
      if (!chain.some((version4) => version4.id === id4)) return false;
      tip = { revision: revision2, id: id4 };
      return true;
    },
    list: async () =>
      (await settled()).map(({ facts: facts3, enabled }) => ({
        revision: facts3.revision,
        at: facts3.saved,
        readable: enabled,
      })),
    drop: async (which, how) => {
      if (which === "everything") {
        for (const part of await secrets3.names("secrets", `${name3}-p-`)) await secrets3.remove(part, false);
        await secrets3.remove(name3, true);
        for (const part of await secrets3.names("deletedsecrets", `${name3}-p-`)) await secrets3.purge(part);
        await secrets3.purge(name3);
        return;
      }
      const dropped = new Set(which);
      for (const { id: id4, facts: facts3 } of (await settled()).filter(({ facts: { revision: revision2 } }) =>
        dropped.has(revision2),
      )) {
        for (const part of partsOf2(facts3)) await secrets3.remove(part, false);
        await secrets3.disable(name3, id4);
      }
      if (how === "soft") await secrets3.remove(name3, true);
    },
  };
};
var parsed2 = (text4) => {
  try {
    return JSON.parse(text4);
  } catch {
    return {};
  }
};

// server/src/adapters/stores/azure/secrets.ts
var patience4 = { tries: 60, milliseconds: 500 };
var lastOf = (url) => String(url).split("/").at(-1) ?? "";
var nameIn = (url) => /\/(?:deleted)?secrets\/([^/]+)/u.exec(String(url))?.[1] ?? "";
var time = (seconds2) => Number(seconds2) * 1e3;
var nextOf = (body) => {
  const { nextLink } = body;
  if (typeof nextLink !== "string" || !URL.canParse(nextLink)) return null;
  const { pathname, search: search2 } = new URL(nextLink);
  return `${pathname}${search2}`;
};
var createSecrets = (rest2, clock2) => {
  const until = async (what, isDone) => {
    for (let tries3 = 1; !(await isDone()); tries3++) {
      if (tries3 >= patience4.tries)
        throw new KeyrollError("provider_unreachable", `Key Vault has not finished to ${what}.`, {
          next: "Try again in a minute.",
        });
      await clock2.sleep(patience4.milliseconds);
    }
  };
  const pages = async (path4) => {
    const items = [];
    let date = null;
    for (let next = `${path4}?maxresults=25`; next !== null;) {
      const reply = await call2(rest2, "list", "GET", next, { expected: [404] });
      date ??= reply.date;
      items.push(...(reply.body["value"] ?? []));
      next = nextOf(reply.body);
    }
    return { items, date: date ?? 0 };
  };
  const deleted = async (name3) => {
    const { status, body } = await call2(rest2, "get", "GET", `/deletedsecrets/${name3}`, { expected: [404] });
    if (status === 404) return null;
    const ends = body["scheduledPurgeDate"];
    return {
      facts: factsOf3(body["tags"]),
      ends: typeof ends === "number" ? new Date(time(ends)).toISOString() : null,
    };
  };
  const recover = async (name3) => {
    await call2(rest2, "recover", "POST", `/deletedsecrets/${name3}/recover`, { expected: [404, 409] });
    await until(
      `recover \`${name3}\``,
      async () => (await call2(rest2, "get", "GET", `/secrets/${name3}`, { expected: [404, 403] })).status !== 404,
    );
  };
  return {
    deleted,
    recover,
    set: async (name3, value2, tags, repeats) => {
      for (let tries3 = 1; ; tries3++) {
        const { status, body } = await call2(rest2, "set", "PUT", `/secrets/${name3}`, {
          body: { value: value2, tags, contentType: "application/json" },
          expected: [409],
          repeats,
        });
        if (status < 300) {
          const { created } = body["attributes"];
          return { id: lastOf(body["id"]), at: time(created) };
        }
        if (tries3 >= patience4.tries)
          throw new KeyrollError("in_use", `The name \`${name3}\` is deleted, and Key Vault does not free it.`, {
            next: `Recover or purge it: az keyvault secret recover --name ${name3}, or az keyvault secret purge.`,
            changed: false,
          });
        if ((await deleted(name3)) === null) await clock2.sleep(patience4.milliseconds);
        else await recover(name3);
      }
    },
    get: async (name3, id4) => {
      const { status, body } = await call2(rest2, "get", "GET", `/secrets/${name3}/${id4}`, { expected: [404] });
      return status === 404 ? null : String(body["value"]);
    },
    versions: async (name3) => {
      const { items, date } = await pages(`/secrets/${name3}/versions`);
      const versions2 = items.map(({ id: id4, attributes: attributes2, tags }) => {
        const { created, enabled } = attributes2;
        return { id: lastOf(id4), at: time(created), enabled: enabled === true, facts: factsOf3(tags) };
      });
      return { versions: versions2, date };
    },
    disable: async (name3, id4) => {
      const body = { attributes: { enabled: false } };
      await call2(rest2, "set", "PATCH", `/secrets/${name3}/${id4}`, { body, expected: [404] });
    },
    remove: async (name3, mark2) => {
      const { items } = mark2 ? await pages(`/secrets/${name3}/versions`) : { items: [] };
      const created = (item) => Number(item["attributes"].created);
      const newest = Math.max(...items.map(created));
      for (const { id: id4, tags } of items.filter((item) => created(item) === newest))
        await call2(rest2, "set", "PATCH", `/secrets/${name3}/${lastOf(id4)}`, {
          body: { tags: { ...tags, "keyroll-destroyed": "true" } },
        });
      const { status } = await call2(rest2, "delete", "DELETE", `/secrets/${name3}`, { expected: [404] });
      if (status !== 404) await until(`delete \`${name3}\``, async () => (await deleted(name3)) !== null);
    },
    purge: async (name3) => {
      await call2(rest2, "purge", "DELETE", `/deletedsecrets/${name3}`, { expected: [404] });
      await until(`purge \`${name3}\``, async () => (await deleted(name3)) === null);
    },
    names: async (area, beginning2) => {
      const { items } = await pages(`/${area}`);
      const all = items.map(({ id: id4, recoveryId }) => nameIn(recoveryId ?? id4));
      return all.filter((name3) => name3.startsWith(beginning2));
    },
  };
};

// server/src/adapters/stores/azure.ts
var settings3 = z7.strictObject({
  vaultUrl: z7
    .url({ protocol: /^https?$/u, error: "an address, such as https://my-vault.vault.azure.net" })
    .refine((text4) => {
      if (!URL.canParse(text4)) return true;
      const { username, password: password2, pathname, search: search2, hash: hash2 } = new URL(text4);
      return username === "" && password2 === "" && pathname === "/" && search2 === "" && hash2 === "";
    }, "an address without a name, a password, a path, a query or a fragment")
    .describe("address of the vault"),
  prefix: z7
    .string()
    .regex(/^[a-zA-Z0-9-]{1,40}$/u, "letters, digits and hyphens, at most 40")
    .default("keyroll")
    .describe("beginning of every name, before app and environment"),
});
var azure = {
  kind: "azure",
  label: "Azure Key Vault (no compare-and-swap)",
  settings: settings3,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes2 * 3) / 4 - 2e3,
    keyPattern: null,
    transactional: false,
    revisionsKept: null,
    cannotPurge: "Key Vault deletes no single version of a secret: older ones can only be disabled",
    plainReaders: false,
  },
  check: async (given, host) => await checkVault(createSecrets(restOf2(given.vaultUrl, host), host.clock), given, host),
  open: (given, scope2, host) =>
    documentStore(vaultDocument(createSecrets(restOf2(given.vaultUrl, host), host.clock), given, scope2, host), {
      scope: scope2,
      clock: host.clock,
    }),
};

// server/src/adapters/stores/gcp.ts
import { z as z9 } from "zod";

// server/src/adapters/stores/gcp/check.ts
import { Buffer as Buffer14 } from "node:buffer";

// server/src/adapters/cloud/gcp/token.ts
import { Buffer as Buffer12 } from "node:buffer";
import { sign } from "node:crypto";
import { readFile as readFile2 } from "node:fs/promises";
import { z as z8 } from "zod";
var keyFile = z8.object({
  type: z8.literal("service_account"),
  client_email: z8.string(),
  private_key: z8.string(),
  private_key_id: z8.string().optional(),
  token_uri: z8.url().default("https://oauth2.googleapis.com/token"),
});
var scope = "https://www.googleapis.com/auth/cloud-platform";
var life = 3600;
var refuse5 = (message, next) => new KeyrollError("provider_denied", message, { next, changed: false });
var encode2 = (part) => Buffer12.from(JSON.stringify(part)).toString("base64url");
var byKey = async (file, clock2) => {
  const next = "Give the path of a service account's key in JSON form, readable by the server.";
  const text4 = await readFile2(file, "utf8").catch(() => {
    throw refuse5("The file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read.", next);
  });
  let key2;
  try {
    key2 = keyFile.parse(JSON.parse(text4));
  } catch {
    throw refuse5("The file that GOOGLE_APPLICATION_CREDENTIALS names is no service account's key.", next);
  }
  const at3 = Math.floor(clock2.now() / 1e3);
  const header = { alg: "RS256", typ: "JWT", ...(key2.private_key_id === void 0 ? {} : { kid: key2.private_key_id }) };
  const claims = { iss: key2.client_email, scope, aud: key2.token_uri, iat: at3, exp: at3 + life };
  const unsigned = `${encode2(header)}.${encode2(claims)}`;
  let signature;
  try {
    signature = sign("RSA-SHA256", Buffer12.from(unsigned), key2.private_key);
  } catch {
    throw refuse5("The key in the file that GOOGLE_APPLICATION_CREDENTIALS names cannot sign.", next);
  }
  return await takeToken({
    url: new URL(key2.token_uri),
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: `${unsigned}.${signature.toString("base64url")}`,
    },
  });
};
var byMetadata = async (host) =>
  await takeToken({
    url: new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`),
    headers: { "metadata-flavor": "Google" },
  });
var grantOf2 = async (variables, clock2) => {
  const file = variables.get("GOOGLE_APPLICATION_CREDENTIALS");
  if (file !== void 0) return await byKey(file, clock2);
  const host = variables.get("GCE_METADATA_HOST");
  if (host !== void 0) return await byMetadata(host);
  throw refuse5(
    "The server has neither GOOGLE_APPLICATION_CREDENTIALS nor GCE_METADATA_HOST in its environment.",
    "Start it with the path of a key, or, on Google Cloud, with GCE_METADATA_HOST=metadata.google.internal.",
  );
};

// server/src/adapters/stores/gcp/client.ts
var verbs = {
  "secrets.create": "POST",
  "secrets.get": "GET",
  "secrets.update": "PATCH",
  "secrets.delete": "DELETE",
  "versions.add": "POST",
  "versions.access": "GET",
  "versions.list": "GET",
  "versions.disable": "POST",
  "versions.destroy": "POST",
};
var call3 = async (rest2, right, path4, options = {}) => {
  const { body, expected = [], repeats = true } = options;
  const [resource = ""] = path4.split("?");
  const { status, body: answer3 } = await rest2.ask({
    method: verbs[right],
    path: `/v1/${path4}`,
    ...(body === void 0 ? {} : { body }),
    what: `${right} on \`${resource}\``,
    repeats,
  });
  const refused3 = status < 300 ? null : (nameOf5(answer3) ?? `status ${status}`);
  if (refused3 === null || expected.includes(refused3)) return { refused: refused3, body: answer3 ?? {} };
  const next =
    refused3 === "UNAUTHENTICATED"
      ? "Check the key that GOOGLE_APPLICATION_CREDENTIALS names, and the server's clock."
      : `Give the server's account \`secretmanager.${right}\`, and the service's account the use of the KMS key.`;
  throw new KeyrollError("provider_denied", `Google refused ${right} on \`${resource}\` (${refused3}).`, {
    next,
    changed: false,
  });
};
var nameOf5 = (body) => {
  const name3 = body?.error?.status;
  return typeof name3 === "string" && /^[A-Z_]{1,40}$/u.test(name3) ? name3 : null;
};
var connect3 = (project, host) => {
  const given = host.variables.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER");
  const base4 = new URL(given ?? "https://secretmanager.googleapis.com");
  const token3 = createBearer(host.clock, async () => await grantOf2(host.variables, host.clock));
  return createRest({
    base: base4,
    host,
    bucket: `gcp:${project}`,
    ...(given === void 0 ? { lookup: guardedLookup(base4, host.egress) } : {}),
    authorize: async (_call, _body, fresh3) => ({ authorization: `Bearer ${await token3(fresh3)}` }),
  });
};
var rests3 = perProcess();
var restOf3 = (project, host) => rests3(host.variables, project, () => connect3(project, host));

// server/src/adapters/stores/gcp/crc32c.ts
var table = Uint32Array.from({ length: 256 }, (_2, byte) => {
  let rest2 = byte;
  for (let bit = 0; bit < 8; bit++) rest2 = (rest2 & 1) === 1 ? 2197175160 ^ (rest2 >>> 1) : rest2 >>> 1;
  return rest2;
});
var crc32c = (bytes) => {
  let sum2 = 4294967295;
  for (const byte of bytes) sum2 = (table[(sum2 ^ byte) & 255] ?? 0) ^ (sum2 >>> 8);
  return String((sum2 ^ 4294967295) >>> 0);
};

// server/src/adapters/stores/gcp/documents.ts
import { Buffer as Buffer13 } from "node:buffer";
var documentBytes3 = 65536;
var versionsKept3 = 100;
var alias = "live";
var annotation = { environment: "keyroll-environment", txn: "keyroll-transaction", history: "keyroll-history" };
var destroyTtl = "86400s";
var pathOf2 = ({ project, prefix: prefix2 }, app2, environment2) =>
  `projects/${project}/secrets/${prefix2}_${app2}_${environment2}`;
var newSecret = ({ kmsKeyName }, environmentId) => ({
  replication: {
    automatic: kmsKeyName === void 0 ? {} : { customerManagedEncryption: { kmsKeyName } },
  },
  annotations: { [annotation.environment]: environmentId },
  versionDestroyTtl: destroyTtl,
});
var secretDocument2 = (rest2, settings9, scope2) => {
  const path4 = pathOf2(settings9, scope2.app, scope2.environment);
  const id4 = path4.split("/").at(-1) ?? "";
  const place3 = `Google Secret Manager \`${path4}\``;
  const repair = `Enable the version again, or move the alias \`${alias}\` back to the last version that \`${annotation.history}\` names (gcloud secrets update ${id4} --update-version-aliases=${alias}=N), or delete the secret.`;
  let known4 = null;
  const find = async () => {
    known4 = null;
    const { refused: refused3, body } = await call3(rest2, "secrets.get", path4, { expected: ["NOT_FOUND"] });
    if (refused3 !== null) return null;
    const annotations = body["annotations"] ?? {};
    const aliases = body["versionAliases"] ?? {};
    const entries2 = (annotations[annotation.history] ?? "").split(" ").filter(Boolean);
    const history = entries2.map((entry3) => {
      const [revision2 = 0, version4 = 0] = entry3.split(":").map(Number);
      return { revision: revision2, version: version4 };
    });
    const isOurs = annotations[annotation.environment] !== void 0;
    if (!isOurs || (history[0] !== void 0 && String(aliases[alias]) !== String(history[0].version)))
      throw new KeyrollError(
        "integrity",
        isOurs ? `${place3} had its alias \`${alias}\` moved by hand.` : `${place3} is not a secret that Keyroll made.`,
        { next: repair, changed: false },
      );
    known4 = { etag: String(body["etag"]), annotations, aliases, history };
    return known4;
  };
  const access2 = async ({ version: version4 }) => {
    const expected = ["NOT_FOUND", "FAILED_PRECONDITION"];
    const { refused: refused3, body } = await call3(rest2, "versions.access", `${path4}/versions/${version4}:access`, {
      expected,
    });
    if (refused3 !== null) return null;
    const { data = "", dataCrc32c } = body["payload"] ?? {};
    const bytes = Buffer13.from(data, "base64");
    if (String(dataCrc32c) !== crc32c(bytes))
      throw new KeyrollError("provider_unreachable", `Version ${version4} of ${place3} arrived damaged.`);
    try {
      return JSON.parse(bytes.toString("utf8"));
    } catch {
      return {};
    }
  };
  const create2 = async () => {
    const [project = ""] = path4.split("/secrets/");
    await call3(rest2, "secrets.create", `${project}/secrets?secretId=${id4}`, {
      body: newSecret(settings9, scope2.environmentId),
      expected: ["ALREADY_EXISTS"],
    });
    return await find();
  };
  const versions2 = async () => {
    const found = /* @__PURE__ */ new Map();
    for (let token3 = ""; ;) {
      const page3 = token3 === "" ? "" : `&pageToken=${encodeURIComponent(token3)}`;
      const { body } = await call3(rest2, "versions.list", `${path4}/versions?pageSize=1000${page3}`, {
        expected: ["NOT_FOUND"],
      });
      for (const { name: name3, createTime, state } of body["versions"] ?? [])
        found.set(Number(name3?.split("/").at(-1)), { at: Date.parse(createTime ?? ""), state: state ?? "" });
      token3 = typeof body["nextPageToken"] === "string" ? body["nextPageToken"] : "";
      if (token3 === "") return found;
    }
  };
  const change2 = async (right, version4) => {
    const verb = right === "versions.disable" ? "disable" : "destroy";
    const expected = ["NOT_FOUND", "FAILED_PRECONDITION"];
    await call3(rest2, right, `${path4}/versions/${version4}:${verb}`, { body: {}, expected });
  };
  return {
    place: place3,
    documentBytes: documentBytes3,
    repair,
    load: async (at3) => {
      const found = await find();
      const entry3 =
        at3 === null ? found?.history[0] : found?.history.find(({ revision: revision2 }) => revision2 === at3);
      if (entry3 === void 0) return null;
      const document = await access2(entry3);
      if (document === null && at3 !== null) return null;
      return { revision: entry3.revision, document };
    },
    store: async (document, expect) => {
      const found = known4 ?? (await find()) ?? (expect === 0 ? await create2() : null);
      if (found === null || (found.history[0]?.revision ?? 0) !== expect) return false;
      const data = Buffer13.from(JSON.stringify(document));
      const added = await call3(rest2, "versions.add", `${path4}:addVersion`, {
        body: { payload: { data: data.toString("base64"), dataCrc32c: crc32c(data) } },
      });
      const version4 = Number(String(added.body["name"]).split("/").at(-1));
      const history = [{ revision: expect + 1, version: version4 }, ...found.history].slice(0, versionsKept3);
      known4 = null;
      const { refused: refused3 } = await call3(
        rest2,
        "secrets.update",
        `${path4}?updateMask=annotations,versionAliases`,
        {
          body: {
            etag: found.etag,
            annotations: {
              ...found.annotations,
              [annotation.environment]: scope2.environmentId,
              [annotation.txn]: document["txn"],
              [annotation.history]: history.map((entry3) => `${entry3.revision}:${entry3.version}`).join(" "),
            },
            versionAliases: { ...found.aliases, [alias]: String(version4) },
          },
          expected: ["FAILED_PRECONDITION", "ABORTED"],
          repeats: false,
        },
      );
      return refused3 === null;
    },
    list: async () => {
      const found = await find();
      if (found === null) return [];
      const all = await versions2();
      return found.history.map(({ revision: revision2, version: version4 }) => {
        const one = all.get(version4);
        return { revision: revision2, at: one?.at ?? 0, readable: one?.state === "ENABLED" };
      });
    },
    drop: async (which, how) => {
      if (which === "everything") {
        await call3(rest2, "secrets.delete", path4, { expected: ["NOT_FOUND"] });
        return;
      }
      const history = (await find())?.history ?? [];
      const dropped = new Set(which);
      const gone2 = history
        .filter(({ revision: revision2 }) => dropped.has(revision2))
        .map(({ version: version4 }) => version4);
      for (const version4 of gone2) await change2(how === "soft" ? "versions.disable" : "versions.destroy", version4);
      if (how === "soft") return;
      const counted = new Set(history.map(({ version: version4 }) => version4));
      const live = history[0]?.version ?? 0;
      for (const [version4, { state }] of await versions2())
        if (version4 < live && !counted.has(version4) && state !== "DESTROYED")
          await change2("versions.destroy", version4);
    },
  };
};

// server/src/adapters/stores/gcp/check.ts
var checkGcp = async (rest2, settings9, { random }) => {
  const probe = random.id().replaceAll("_", "-");
  const path4 = pathOf2(settings9, "keyroll-check", probe);
  const [parent = "", id4 = ""] = path4.split("/secrets/");
  let etag = "";
  const step = (name3, right, at3, good, body) => [
    name3,
    `secretmanager.${right}`,
    async () => {
      const answer3 = await call3(rest2, right, at3, body === void 0 ? {} : { body: body() });
      if (right === "secrets.get") etag = String(answer3.body["etag"]);
      return good;
    },
  ];
  const update = `${path4}?updateMask=annotations,versionAliases`;
  const move2 = () => ({ etag, annotations: { "keyroll-environment": "check" }, versionAliases: { live: "1" } });
  const created = await tried(
    step("create", "secrets.create", `${parent}/secrets?secretId=${id4}`, "Secrets can be made.", () =>
      newSecret(settings9, "check"),
    ),
  );
  if (!created.ok) return [created];
  const data = Buffer14.from("{}");
  const rights3 = await triedAll([
    step("write", "versions.add", `${path4}:addVersion`, "A version can be added.", () => ({
      payload: { data: data.toString("base64"), dataCrc32c: crc32c(data) },
    })),
    step("read", "versions.access", `${path4}/versions/1:access`, "It can be read and decrypted."),
    step("look", "secrets.get", path4, "The secret's history can be read."),
    step("compare-and-swap", "secrets.update", update, "The alias of the newest version can be moved.", move2),
    [
      "stale",
      "refuse a stale write",
      async () => {
        const { refused: refused3 } = await call3(rest2, "secrets.update", update, {
          body: move2(),
          expected: ["FAILED_PRECONDITION", "ABORTED"],
        });
        if (refused3 !== null) return "A move with an old etag is refused.";
        throw new KeyrollError("provider_denied", "A move with an old etag is carried out: saves would be lost.", {
          next: "Do not use this store, and report it.",
        });
      },
    ],
    step("history", "versions.list", `${path4}/versions`, "Versions can be listed."),
    step("disable", "versions.disable", `${path4}/versions/1:disable`, "A version can be disabled.", () => ({})),
    step("destroy", "versions.destroy", `${path4}/versions/1:destroy`, "A version can be destroyed.", () => ({})),
    step("delete", "secrets.delete", path4, "A secret can be deleted."),
  ]);
  const encrypted = {
    id: "encrypted",
    what: "the key",
    ok: true,
    required: false,
    message:
      settings9.kmsKeyName === void 0
        ? "New secrets are encrypted with Google's default key."
        : `New secrets are encrypted with the Cloud KMS key ${settings9.kmsKeyName}.`,
    next: null,
  };
  return [created, encrypted, ...rights3];
};

// server/src/adapters/stores/gcp.ts
var settings4 = z9.strictObject({
  project: z9
    .string()
    .regex(/^([a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20})$/u, "id or number of a project, such as my-project-1")
    .describe("Google Cloud project of the secrets"),
  prefix: z9
    .string()
    .regex(/^[a-zA-Z0-9-]{1,100}$/u, "letters, digits and hyphens")
    .default("keyroll")
    .describe("beginning of every name, before app and environment"),
  kmsKeyName: z9
    .string()
    .regex(
      /^projects\/[\w-]+\/locations\/[\w-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]+$/u,
      "projects/\u2026/locations/global/keyRings/\u2026/cryptoKeys/\u2026",
    )
    .optional()
    .describe("Cloud KMS key of new secrets; Google's own when absent"),
});
var gcp = {
  kind: "gcp",
  label: "Google Secret Manager",
  settings: settings4,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes3 * 3) / 4 - 2e3,
    keyPattern: null,
    transactional: false,
    revisionsKept: versionsKept3,
    cannotPurge: null,
    plainReaders: false,
  },
  check: async (given, host) => await checkGcp(restOf3(given.project, host), given, host),
  open: (given, scope2, host) =>
    documentStore(secretDocument2(restOf3(given.project, host), given, scope2), { scope: scope2, clock: host.clock }),
};

// server/src/adapters/stores/local.ts
import { Buffer as Buffer15 } from "node:buffer";
import { createCipheriv as createCipheriv2, createDecipheriv as createDecipheriv2 } from "node:crypto";
import { z as z10 } from "zod";
var format3 = "keyroll-local-1";
var tagBytes2 = 16;
var nonceBytes2 = 12;
var bound = (scope2, entry3, dataKey) =>
  new TextEncoder().encode(
    JSON.stringify([format3, scope2.appId, scope2.environmentId, entry3.key, entry3.revision, dataKey]),
  );
var seal = (value2, dataKey, aad, nonce) => {
  const cipher = createCipheriv2("aes-256-gcm", dataKey.key, nonce, { authTagLength: tagBytes2 });
  cipher.setAAD(aad);
  const head3 = Uint8Array.of(value2.binary ? 1 : 0);
  return Buffer15.concat([cipher.update(head3), cipher.update(value2.expose()), cipher.final(), cipher.getAuthTag()]);
};
var openSealed = (row, dataKey, aad) => {
  try {
    const decipher = createDecipheriv2("aes-256-gcm", dataKey.key, row.nonce, { authTagLength: tagBytes2 });
    decipher.setAAD(aad);
    decipher.setAuthTag(row.ciphertext.subarray(-tagBytes2));
    const plain3 = Buffer15.concat([decipher.update(row.ciphertext.subarray(0, -tagBytes2)), decipher.final()]);
    return new Secret(new Uint8Array(plain3.subarray(1)), plain3[0] === 1);
  } catch (cause) {
    throw new KeyrollError(
      "integrity",
      `The stored value of \`${row.key}\` (revision ${row.revision}) does not verify.`,
      { key: row.key },
      { cause },
    );
  }
};
var openLocal = (rows, scope2, host) => {
  const keyContext = (id4) => `${format3}:${scope2.appId}:${scope2.environmentId}:${id4}`;
  const dataKey = async (id4) => {
    const known4 = await rows.dataKey(id4);
    if (known4 !== null) return { id: known4.id, key: await host.keys.unwrap(known4.wrapped, keyContext(known4.id)) };
    if (id4 !== null) throw new KeyrollError("integrity", "The data key of a stored value is missing.");
    const made = { id: host.random.id(), key: host.random.bytes(32) };
    await rows.addDataKey({
      id: made.id,
      wrapped: await host.keys.wrap(made.key, keyContext(made.id)),
      at: host.clock.now(),
    });
    return made;
  };
  const read3 = async (at3, keys2) => {
    const manifest = await rows.manifest({ at: at3 });
    if (manifest === null)
      throw new KeyrollError("revision_gone", `Revision ${at3} cannot be read any more.`, { actual: at3 });
    const wanted = keys2 === void 0 ? [...manifest.entries.values()] : keys2.map((key2) => entryOf(manifest, key2));
    const dataKeys2 = /* @__PURE__ */ new Map();
    const values = /* @__PURE__ */ new Map();
    const found = await rows.values(wanted);
    for (const entry3 of wanted) {
      const row = found.get(entry3.key);
      if (row === void 0)
        throw new KeyrollError(
          "integrity",
          `The stored value of \`${entry3.key}\` (revision ${entry3.revision}) is missing.`,
          { key: entry3.key },
        );
      const key2 = dataKeys2.get(row.dataKey) ?? (await dataKey(row.dataKey));
      dataKeys2.set(row.dataKey, key2);
      values.set(entry3.key, openSealed(row, key2, bound(scope2, entry3, key2.id)));
    }
    return values;
  };
  const apply2 = (entries2, change2, revision2) => {
    if (change2.op === "remove") entries2.delete(change2.key);
    if (change2.op === "set") {
      const { value: value2 } = change2;
      entries2.set(change2.key, {
        key: change2.key,
        revision: revision2,
        bytes: value2.size,
        lines: value2.lines,
        binary: value2.binary,
      });
    }
  };
  const commit = async ({ expect, txn, changes: changes2 }) => {
    await rows.lock();
    const repeated = await rows.manifest({ txn });
    if (repeated !== null) return { done: repeated };
    const newest = await rows.manifest({});
    if ((newest?.revision ?? 0) !== expect) return { conflict: newest };
    const revision2 = expect + 1;
    const entries2 = new Map(newest?.entries);
    const key2 = await dataKey(null);
    const added = [];
    const last = new Map(changes2.map((change2) => [change2.key, change2]));
    for (const change2 of last.values()) {
      apply2(entries2, change2, revision2);
      if (change2.op !== "set") continue;
      const nonce = host.random.bytes(nonceBytes2);
      const ciphertext = seal(
        change2.value,
        key2,
        bound(scope2, { key: change2.key, revision: revision2 }, key2.id),
        nonce,
      );
      added.push({ key: change2.key, revision: revision2, dataKey: key2.id, nonce, ciphertext });
    }
    const manifest = { revision: revision2, txn, at: host.clock.now(), entries: entries2 };
    await rows.add(manifest, added);
    return { done: manifest };
  };
  return {
    manifest: async (options = {}) => await rows.manifest(options.at === void 0 ? {} : { at: options.at }),
    read: read3,
    commit,
    revisions: async ({ before, limit }) => await rows.revisions(before ?? null, limit),
    upkeep: {
      inspect: async () => [],
      prune: async (keep2) => {
        await rows.prune(keep2);
        return { more: false };
      },
      purge: async (_keys, gone2) => {
        const all = await rows.revisions(null, Number.MAX_SAFE_INTEGER);
        await rows.prune(
          new Set(all.map(({ revision: revision2 }) => revision2).filter((revision2) => !gone2.has(revision2))),
        );
      },
      destroy: async () => await rows.destroy(),
    },
  };
};
var entryOf = (manifest, key2) => {
  const entry3 = manifest.entries.get(key2);
  if (entry3 === void 0)
    throw new KeyrollError("not_found", `\`${key2}\` is not in revision ${manifest.revision}.`, { key: key2 });
  return entry3;
};
var settings5 = z10.strictObject({});
var local = {
  kind: "local",
  label: "Keyroll's own database (AES-256-GCM)",
  settings: settings5,
  capabilities: {
    valueBytes: null,
    keyPattern: null,
    transactional: true,
    revisionsKept: null,
    cannotPurge: null,
    plainReaders: false,
  },
  check: async (_settings, host) => [
    {
      id: "master-key",
      what: "the master key",
      ok: host.keys.open,
      required: true,
      message:
        host.keys.problem === null
          ? "The master key is there: values are encrypted with it."
          : `Values cannot be read or written: ${host.keys.problem}.`,
      next: host.keys.open ? null : "Give it with KEYROLL_MASTER_KEY_FILE.",
    },
  ],
  open: (_settings, scope2, host) => openLocal(host.localRows(scope2.environmentId), scope2, host),
};

// server/src/adapters/stores/vault/client.ts
import { Buffer as Buffer17 } from "node:buffer";

// server/src/adapters/stores/vault/token-file.ts
import { Buffer as Buffer16 } from "node:buffer";
import { readFile as readFile3 } from "node:fs/promises";
var shape = /^[\w-]+\.[\w-]+\.[\w-]+$/u;
var longest = 32768;
var tokenIn2 = async (file) => {
  const refusal4 = (what) =>
    new KeyrollError("provider_denied", `The server signs in with the token in ${file}, and that file ${what}.`, {
      next: "In a pod, mount a (projected) service account token; else name the file in KEYROLL_VAULT_KUBERNETES_TOKEN_FILE or KEYROLL_VAULT_JWT_FILE of the server.",
      changed: false,
    });
  const text4 = await readFile3(file, "utf8").catch((error) => {
    const code = reasonOf(error);
    throw refusal4(code === "ENOENT" ? "does not exist" : `cannot be read (${code})`);
  });
  const token3 = text4.trim();
  if (token3.length > longest || !shape.test(token3)) throw refusal4("does not hold one signed token (a JWT)");
  return token3;
};
var endOf = (token3) => {
  try {
    const claims = JSON.parse(Buffer16.from(token3.split(".")[1] ?? "", "base64url").toString("utf8"));
    const end = claims?.exp;
    return typeof end === "number" ? end * 1e3 : null;
  } catch {
    return null;
  }
};

// server/src/adapters/stores/vault/login-refusal.ts
var known = [
  [
    /role .*could not be found|invalid role name|missing role/iu,
    "there is no such role",
    "Set `role` of the store to a role of this auth method, or make that role there.",
  ],
  [/expired/iu, "the token has expired", "Check that what writes the token's file goes on doing so."],
  [/audience/iu, "the token is for another audience", "Let the token be made for an audience of the role."],
  [
    /signature|three parts|malformed/iu,
    "the token is not signed by a key that it trusts",
    "Check the keys, the issuer or the cluster in the configuration of this auth method.",
  ],
  [
    /service account name|namespace not authorized|subject|claim|bound/iu,
    "the role does not admit whoever the token is for",
    "Check service accounts and namespaces, or subject and claims, that the role is bound to.",
  ],
];
var loginRefused = (host, path4, { status, body }, { role, proof, now }) => {
  const as = role === void 0 ? "" : ` as \`${role}\``;
  const end = proof === void 0 ? null : endOf(proof.jwt);
  const words2 = end !== null && end <= now ? "expired" : errorsOf(body).join(" ");
  const [, what, next] = known.find(([pattern]) => pattern.test(words2)) ?? [
    null,
    null,
    "Check the credentials in the server's environment, and `auth`, `authMount` and `role` of the store.",
  ];
  const why = what === null ? "" : `: ${what}`;
  const from = proof === void 0 ? "" : ` with the token in ${proof.file}`;
  return new KeyrollError(
    "provider_denied",
    `${host} does not let the server sign in${as}${from}${why} (${path4}, ${status}).`,
    { next, changed: false },
  );
};

// server/src/adapters/stores/vault/login.ts
var variable2 = (parts2, name3) => {
  const found = parts2.variables.get(name3);
  if (found !== void 0) return found;
  throw new KeyrollError("provider_denied", `The server has no ${name3} in its environment.`, {
    next: `Start the server with ${name3}, or choose another \`auth\` for this store.`,
    changed: false,
  });
};
var numberAt = (answer3, ...path4) => {
  let found = answer3;
  for (const step of path4) found = found?.[step];
  return typeof found === "number" ? found : 0;
};
var token = async (parts2) => {
  const given = variable2(parts2, "VAULT_TOKEN");
  const answer3 = await parts2.look("auth/token/lookup-self", given);
  const seconds2 = numberAt(answer3, "data", "ttl");
  const renewable = answer3.data?.renewable === true;
  return { token: given, lasts: null, renewAfter: renewable && seconds2 > 0 ? seconds2 * 500 : null };
};
var sessionOf = (answer3) => {
  const made = answer3?.auth?.client_token;
  if (typeof made !== "string")
    throw new KeyrollError("provider_denied", "The login gave no token.", { changed: false });
  const seconds2 = numberAt(answer3, "auth", "lease_duration");
  return { token: made, lasts: seconds2 > 0 ? seconds2 * 900 : null, renewAfter: null };
};
var approle = async (parts2) => {
  const body = { role_id: variable2(parts2, "VAULT_ROLE_ID"), secret_id: variable2(parts2, "VAULT_SECRET_ID") };
  return sessionOf(await parts2.login(`auth/${parts2.mount ?? "approle"}/login`, body));
};
var withToken = async (parts2, mount, file) => {
  const jwt2 = await tokenIn2(file);
  const body = { jwt: jwt2, ...(parts2.role === void 0 ? {} : { role: parts2.role }) };
  return sessionOf(await parts2.login(`auth/${parts2.mount ?? mount}/login`, body, { jwt: jwt2, file }));
};
var ofThePod = "/var/run/secrets/kubernetes.io/serviceaccount/token";
var kubernetes = async (parts2) =>
  await withToken(parts2, "kubernetes", parts2.variables.get("KEYROLL_VAULT_KUBERNETES_TOKEN_FILE") ?? ofThePod);
var jwt = async (parts2) => await withToken(parts2, "jwt", variable2(parts2, "KEYROLL_VAULT_JWT_FILE"));
var logins = { token, approle, kubernetes, jwt };

// server/src/adapters/stores/vault/client.ts
var deadline2 = 15e3;
var tries = 3;
var answerBytes2 = 8388608;
var textOf2 = async (body) => {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytes2)
      throw new KeyrollError("provider_unreachable", `The answer of Vault has more than ${answerBytes2} bytes.`);
    chunks.push(chunk);
  }
  return Buffer17.concat(chunks).toString("utf8");
};
var refuseOtherAddress = (address, variables) => {
  const meant = variables.get("VAULT_ADDR");
  if (meant !== void 0 && URL.canParse(meant) && new URL(meant).origin === address.origin) return;
  throw new KeyrollError(
    "provider_denied",
    meant === void 0
      ? "The server has no VAULT_ADDR in its environment, so its credentials are for no address."
      : `The server's VAULT_ADDR is another address than ${address.origin}: its credentials are not sent there.`,
    {
      field: "store.settings.address",
      next: "Set VAULT_ADDR of the server to the address of the store.",
      changed: false,
    },
  );
};
var createClient = (settings9, host) => {
  const base4 = new URL(settings9.address);
  refuseOtherAddress(base4, host.variables);
  const connect4 = {
    timeout: 1e4,
    lookup: guardedLookup(base4, host.egress),
    ...(settings9.ca === void 0 ? {} : { ca: settings9.ca }),
  };
  const open2 = lazyHttp(connect4);
  let session2 = null;
  const once2 = async (method, path4, body, token3) => {
    const { request, dispatcher } = await open2();
    const answer3 = await request(new URL(`${base4.pathname.replace(/\/$/u, "")}/v1/${path4}`, base4), {
      method,
      dispatcher,
      signal: AbortSignal.timeout(deadline2),
      headers: {
        accept: "application/json",
        "user-agent": "keyroll",
        "x-vault-request": "true",
        ...(settings9.namespace === void 0 ? {} : { "x-vault-namespace": settings9.namespace }),
        ...(token3 === null ? {} : { "x-vault-token": token3 }),
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const text4 = await textOf2(answer3.body);
    let parsed5 = null;
    try {
      parsed5 = text4 === "" ? null : JSON.parse(text4);
    } catch {}
    return { status: answer3.statusCode, body: parsed5, after: Number(answer3.headers["retry-after"]) };
  };
  const send = async (method, path4, body, token3) => {
    const what = `${method} ${path4}`;
    for (let attempt = 1; ; attempt++) {
      const isLast = method !== "GET" || attempt >= tries;
      let wait3 = host.random.fraction() * 100 * 2 ** attempt;
      try {
        const answer3 = await once2(method, path4, body, token3);
        const isLogin = token3 === null && (answer3.status === 403 || answer3.status === 404);
        const refused3 = isLogin ? null : refusal2(base4, method, path4, answer3);
        if (refused3 === null) return answer3;
        if (isLast || !["provider_throttled", "provider_unreachable"].includes(refused3.code)) throw refused3;
        if (answer3.after > 0) wait3 = Math.min(answer3.after * 1e3, 5e3);
      } catch (error) {
        if (error instanceof KeyrollError) throw error;
        if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
        if (isLast && (method === "GET" || isBeforeSending(error)))
          throw unreachable(`cannot be reached (${reasonOf(error)})`, base4, what, error);
        if (isLast)
          throw new KeyrollError(
            "indeterminate",
            `The connection to ${base4.host} broke (${reasonOf(error)}): ${what} may have arrived.`,
            {},
            { cause: error },
          );
      }
      await host.clock.sleep(wait3);
    }
  };
  const login3 = async () => {
    const since = host.clock.now();
    const made = await logins[settings9.auth]({
      variables: host.variables,
      mount: settings9.authMount,
      role: settings9.role,
      look: async (path4, token3) => {
        const answer3 = await send("GET", path4, null, token3);
        if (answer3.status < 300) return answer3.body;
        throw loginRefused(base4.host, path4, answer3, { role: void 0, now: since });
      },
      login: async (path4, body, proof) => {
        const answer3 = await send("POST", path4, body, null);
        if (answer3.status < 300) return answer3.body;
        throw loginRefused(base4.host, path4, answer3, { role: settings9.role, proof, now: host.clock.now() });
      },
    });
    return { ...made, since };
  };
  const renew = async (known4) => {
    await send("POST", "auth/token/renew-self", {}, known4.token).catch(() => void 0);
    return { ...known4, since: host.clock.now() };
  };
  const signIn = async () => {
    const before = session2;
    const known4 = await before;
    const age = known4 === null ? 0 : host.clock.now() - known4.since;
    const isOver = known4 === null || (known4.lasts !== null && age > known4.lasts);
    if (!isOver && (known4.renewAfter === null || age <= known4.renewAfter)) return known4;
    if (session2 !== before && session2 !== null) return await session2;
    const begun = isOver ? login3() : renew(known4);
    session2 = begun;
    begun.catch(() => {
      if (session2 === begun) session2 = null;
    });
    return await begun;
  };
  return {
    signIn,
    ask: async (method, path4, body) => {
      for (let fresh3 = false; ; fresh3 = true) {
        const signedIn = await signIn();
        try {
          return await send(method, path4, body ?? null, signedIn.token);
        } catch (error) {
          const isRefused = error instanceof KeyrollError && error.code === "provider_denied";
          if (!isRefused || fresh3 || settings9.auth === "token") throw error;
          session2 = null;
        }
      }
    },
  };
};
var clients = /* @__PURE__ */ new WeakMap();
var clientOf = (settings9, host) => {
  const known4 = clients.get(host.variables) ?? /* @__PURE__ */ new Map();
  clients.set(host.variables, known4);
  const { address, namespace, auth, authMount, role, ca } = settings9;
  const name3 = JSON.stringify([address, namespace, auth, authMount, role, ca]);
  const client = known4.get(name3) ?? createClient(settings9, host);
  known4.set(name3, client);
  return client;
};

// server/src/adapters/stores/vault/documents.ts
var versionsKept4 = 100;
var documentBytes4 = 1e6;
var dataOf = (body) => body?.data ?? {};
var isSwapLost = ({ status, body }) =>
  status === 400 && errorsOf(body).some((text4) => text4.includes("check-and-set parameter did not match"));
var refuse6 = (what, { status }) =>
  new KeyrollError("provider_denied", `Vault refuses ${what} (${status}).`, { changed: false });
var requireVersion2 = async (client, { mount }) => {
  const { status, body } = await client.ask("GET", `sys/internal/ui/mounts/${mount}`);
  const { type, options } = dataOf(body);
  if (status < 300 && type === "kv" && options?.version === "2") return;
  throw new KeyrollError("invalid", `\`${mount}\` is not a KV engine of version 2.`, {
    field: "store.settings.mount",
    next: "Name another mount, or enable one: vault secrets enable -path=NAME -version=2 kv",
    changed: false,
  });
};
var pathOf3 = ({ prefix: prefix2 }, ...parts2) => [...prefix2.split("/"), ...parts2].map(encodeURIComponent).join("/");
var vaultDocument2 = (client, settings9, scope2) => {
  const path4 = pathOf3(settings9, scope2.app, scope2.environment);
  const { mount } = settings9;
  const [data, metadata] = [`${mount}/data/${path4}`, `${mount}/metadata/${path4}`];
  const prepare = async () => {
    await requireVersion2(client(), settings9);
    const answer3 = await client().ask("POST", metadata, { max_versions: versionsKept4, cas_required: true });
    if (answer3.status >= 300) throw refuse6(`the settings of \`${metadata}\``, answer3);
  };
  return {
    place: `Vault \`${mount}/${path4}\``,
    documentBytes: documentBytes4,
    repair: `Undelete it, write an older version back (vault kv rollback -mount=${mount} -version=N ${path4}), or remove all of it (vault kv metadata delete -mount=${mount} ${path4}).`,
    load: async (at3) => {
      const { status, body } = await client().ask("GET", at3 === null ? data : `${data}?version=${at3}`);
      const { data: document, metadata: version4 } = dataOf(body);
      const number3 = version4?.version;
      if (typeof number3 !== "number") {
        if (status === 404) return null;
        throw refuse6(`to read \`${data}\``, { status, body });
      }
      if (document === null || document === void 0) return at3 === null ? { revision: number3, document: null } : null;
      return { revision: number3, document };
    },
    store: async (document, expect) => {
      if (expect === 0) await prepare();
      const answer3 = await client().ask("POST", data, { data: document, options: { cas: expect } });
      if (answer3.status < 300) return true;
      if (isSwapLost(answer3)) return false;
      throw refuse6(`to write \`${data}\``, answer3);
    },
    list: async () => {
      const answer3 = await client().ask("GET", metadata);
      if (answer3.status >= 300 && answer3.status !== 404)
        throw refuse6(`to list the versions of \`${path4}\``, answer3);
      const { versions: versions2 } = dataOf(answer3.body);
      return Object.entries(versions2 ?? {})
        .map(([number3, version4]) => ({
          revision: Number(number3),
          at: Date.parse(String(version4["created_time"])),
          readable: version4["destroyed"] !== true && version4["deletion_time"] === "",
        }))
        .toSorted((a, b) => b.revision - a.revision);
    },
    drop: async (which, how) => {
      if (which.length === 0) return;
      const versions2 = `${mount}/${how === "soft" ? "delete" : "destroy"}/${path4}`;
      const answer3 = await (which === "everything"
        ? client().ask("DELETE", metadata)
        : client().ask("POST", versions2, { versions: which }));
      if (answer3.status >= 300) throw refuse6(`to remove versions of \`${path4}\``, answer3);
    },
  };
};

// server/src/adapters/stores/vault/check.ts
var tried2 = async ([id4, what, attempt], required = true) => {
  try {
    return { id: id4, what, ok: true, required, message: await attempt(), next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { id: id4, what, ok: false, required, message: error.message, next: error.next };
  }
};
var days = (milliseconds) => `${Math.round(milliseconds / 432e5)} days`;
var rightsOf = (client, settings9, probe) => {
  const at3 = (part) => `${settings9.mount}/${part}/${pathOf3(settings9, "keyroll-check", probe)}`;
  const use = async (method, part, body) => {
    const { status } = await client.ask(method, at3(part), body);
    if (status < 300) return `It works on \`${at3(part)}\`.`;
    throw new KeyrollError("provider_denied", `${method} \`${at3(part)}\` is answered with ${status}.`);
  };
  return [
    ["versions", "set how many versions are kept", async () => await use("POST", "metadata", { cas_required: true })],
    ["write", "write a document", async () => await use("POST", "data", { data: {}, options: { cas: 0 } })],
    [
      "compare-and-swap",
      "refuse a stale write",
      async () => {
        const answer3 = await client.ask("POST", at3("data"), { data: {}, options: { cas: 0 } });
        if (isSwapLost(answer3)) return "A write against an old version is refused.";
        throw new KeyrollError("provider_denied", `A write against an old version is answered with ${answer3.status}.`);
      },
    ],
    ["read", "read a document", async () => await use("GET", "data")],
    ["history", "list its versions", async () => await use("GET", "metadata")],
    ["delete", "delete a version", async () => await use("POST", "delete", { versions: [1] })],
    ["destroy", "destroy a version", async () => await use("POST", "destroy", { versions: [1] })],
    ["remove", "remove a document", async () => await use("DELETE", "metadata")],
  ];
};
var check = async (settings9, host) => {
  const { protocol, hostname } = new URL(settings9.address);
  const isPrivate = protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$/u.test(hostname);
  const encrypted = {
    id: "encrypted",
    what: "the way there",
    ok: isPrivate,
    required: false,
    message: isPrivate
      ? "Nobody on the way reads along."
      : "Values and the token go over plain http: whoever is on the way reads them.",
    next: isPrivate ? null : "Use an https address.",
  };
  let client = null;
  const login3 = await tried2([
    "login",
    `sign in (${settings9.auth})`,
    async () => {
      client = clientOf(settings9, host);
      const { lasts: lasts3, renewAfter } = await client.signIn();
      if (settings9.auth !== "token")
        return lasts3 === null ? "Signed in." : "Signed in; the token is replaced in time.";
      return renewAfter === null
        ? "The token is accepted; it is not renewed."
        : `The token is accepted; it must be used once in ${days(renewAfter)} to be renewed.`;
    },
  ]);
  if (client === null || !login3.ok) return [encrypted, login3];
  const signedIn = client;
  const engine = await tried2([
    "engine",
    "the KV engine",
    async () => {
      await requireVersion2(signedIn, settings9);
      return `\`${settings9.mount}\` is KV version 2.`;
    },
  ]);
  if (!engine.ok) return [encrypted, login3, engine];
  const findings = [encrypted, login3, engine];
  for (const step of rightsOf(signedIn, settings9, host.random.id())) findings.push(await tried2(step));
  return findings;
};

// server/src/adapters/stores/vault/settings.ts
import { z as z11 } from "zod";
var path = (what) =>
  z11
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*$/u, `${what}, such as \`keyroll\` or \`team/keyroll\`, without a slash around it`);
var withRole = ["kubernetes", "jwt"];
var fields = z11.strictObject({
  address: z11
    .url({ protocol: /^https?$/u, error: "an http(s) address, such as https://vault.example.com:8200" })
    .refine((text4) => {
      if (!URL.canParse(text4)) return true;
      const url = new URL(text4);
      return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
    }, "an address without a name, a password, a query or a fragment"),
  /** Where KV version 2 is mounted. */
  mount: path("the mount of a KV version 2 engine").default("secret"),
  /** Below it, app and environment follow. */
  prefix: path("a path").default("keyroll"),
  namespace: path("a namespace").optional(),
  auth: z11.enum(Object.keys(logins)).default("token"),
  /** Where the auth method is mounted, when not at its own name. */
  authMount: path("the mount of the auth method").optional(),
  /** The role that `kubernetes` and `jwt` sign in as; jwt without it takes the mount's default role. */
  role: z11
    .string()
    .regex(/^[\w.-]{1,200}$/u, "the name of a role: letters, digits and _.-")
    .optional(),
  /** Certificates (PEM) that the server's certificate is signed with, when they are not the system's. */
  ca: z11.string().includes("BEGIN CERTIFICATE", { error: "certificates in PEM form" }).optional(),
});
var settings6 = fields.superRefine(({ auth, role }, context2) => {
  if (auth === "kubernetes" && role === void 0)
    context2.addIssue({ code: "custom", path: ["role"], message: "kubernetes signs in as a role: name it" });
  if (role !== void 0 && !withRole.includes(auth))
    context2.addIssue({
      code: "custom",
      path: ["role"],
      message: `${auth} knows no role: leave it out, or set \`auth\``,
    });
});

// server/src/adapters/stores/vault.ts
var vault = {
  kind: "vault",
  label: "HashiCorp Vault or OpenBao (KV version 2)",
  settings: settings6,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes4 * 3) / 4 - 2e3,
    keyPattern: null,
    transactional: false,
    revisionsKept: versionsKept4,
    cannotPurge: null,
    plainReaders: false,
  },
  check,
  open: (settings9, scope2, host) =>
    documentStore(
      vaultDocument2(() => clientOf(settings9, host), settings9, scope2),
      { scope: scope2, clock: host.clock },
    ),
};

// server/src/adapters/stores/index.ts
var register = (kind2) => {
  const read3 = (settings9) => {
    const parsed5 = kind2.settings.safeParse(settings9);
    if (parsed5.success) return parsed5.data;
    const [issue] = parsed5.error.issues;
    const field2 = ["store", "settings", ...(issue?.path ?? []).map(String)].join(".");
    throw new KeyrollError("invalid", `\`${field2}\`: ${issue?.message ?? "is not right"}.`, {
      field: field2,
      changed: false,
    });
  };
  const { foreign: foreign2 } = kind2;
  const { $schema: _2, ...schema } = z12.toJSONSchema(kind2.settings, { unrepresentable: "any" });
  return {
    listing: {
      kind: kind2.kind,
      label: kind2.label,
      settings: schema,
      capabilities: kind2.capabilities,
      costs: kind2.costs ?? [],
    },
    parse: (settings9) => ({ ...read3(settings9) }),
    place: (settings9) => kind2.place?.(read3(settings9)) ?? read3(settings9),
    policies: (settings9, scope2) => kind2.policies?.(read3(settings9), scope2) ?? [],
    identity: (settings9) => kind2.identity?.(read3(settings9)) ?? null,
    capabilities: (settings9) => kind2.capabilitiesOf?.(read3(settings9)) ?? kind2.capabilities,
    check: async (settings9, host) => await kind2.check(read3(settings9), host),
    open: (settings9, scope2, host) => kind2.open(read3(settings9), scope2, host),
    foreign:
      foreign2 === void 0
        ? null
        : {
            place: (settings9, given) => foreign2.place(read3(settings9), given),
            read: async (settings9, place3, host) => await foreign2.read(read3(settings9), place3, host),
          },
    valuesAt: (settings9, scope2) => kind2.valuesAt?.(read3(settings9), scope2) ?? null,
  };
};
var kinds2 = [
  register(local),
  register(createAwsSsm()),
  register(awsSecretsManager),
  register(vault),
  register(gcp),
  register(azure),
];
var createStores = () => {
  const byKind = new Map(kinds2.map((kind2) => [kind2.listing.kind, kind2]));
  const find = (kind2) => {
    const found = byKind.get(kind2);
    if (found !== void 0) return found;
    throw new KeyrollError(
      "not_found",
      `There is no store of kind \`${kind2}\`; there is ${[...byKind.keys()].join(", ")}.`,
      { field: "store.kind", changed: false },
    );
  };
  return {
    list: () => kinds2.map(({ listing }) => listing),
    kind: (kind2) => find(kind2).listing,
    parseSettings: (kind2, settings9) => find(kind2).parse(settings9),
    place: (kind2, settings9) => find(kind2).place(settings9),
    policies: (kind2, settings9, scope2) => find(kind2).policies(settings9, scope2),
    identity: (kind2, settings9) => find(kind2).identity(settings9),
    capabilities: (kind2, settings9) => find(kind2).capabilities(settings9),
    costs: (kind2, settings9) => {
      const found = find(kind2);
      const parsed5 = found.parse(settings9);
      return found.listing.costs.filter(({ setting, value: value2 }) => parsed5[setting] === value2);
    },
    check: async (kind2, settings9, host) => await find(kind2).check(settings9, host),
    open: (kind2, settings9, scope2, host) => find(kind2).open(settings9, scope2, host),
    foreign: (kind2) => find(kind2).foreign,
    valuesAt: (kind2, settings9, scope2) => find(kind2).valuesAt(settings9, scope2),
  };
};

// server/src/adapters/cloud/aws/ecr.ts
import { Buffer as Buffer18 } from "node:buffer";
import { z as z13 } from "zod";

// server/src/adapters/cloud/aws/ask.ts
var deadline3 = 15e3;
var ask2 = async (
  {
    service: service2,
    region: region2,
    role,
    address,
    variable: variable3,
    method,
    path: path4,
    headers,
    body,
    what,
    field: field2,
    next,
  },
  { clock: clock2, egress, variables },
) => {
  const given = variables.get(variable3);
  const base4 = new URL(given ?? address);
  const fail3 = (code, why, step) => new KeyrollError(code, why, { field: field2, next: step, changed: false });
  const payload = body === void 0 ? {} : { body };
  let signed;
  try {
    ({ headers: signed } = await (
      await signerOf(service2, region2, role)
    ).sign(
      {
        method,
        path: path4,
        protocol: base4.protocol,
        hostname: base4.hostname,
        headers: { ...headers, host: base4.host },
        ...payload,
      },
      { signingDate: new Date(clock2.now()) },
    ));
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    const { reason: reason3 } = failureOf(error);
    throw fail3("provider_denied", `The server has no AWS credentials for ${what} (${reason3}).`, next.unsigned);
  }
  const open2 = lazyHttp(given === void 0 ? { lookup: guardedLookup(base4, egress) } : {});
  const { request, dispatcher } = await open2();
  try {
    const signal2 = AbortSignal.timeout(deadline3);
    const answer3 = await request(new URL(path4, base4), {
      method,
      dispatcher,
      headers: signed,
      signal: signal2,
      ...payload,
    });
    return { status: answer3.statusCode, body: await answer3.body.json().catch(() => null) };
  } catch (error) {
    if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
    const { reason: reason3 } = failureOf(error);
    throw fail3("provider_unreachable", `${base4.host} gives no answer to ${what} (${reason3}).`, next.silent);
  } finally {
    await dispatcher.close();
  }
};

// server/src/adapters/cloud/aws/ecr-host.ts
var hostPattern = /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws)$/u;
var ecrRegistryOf = (host) => {
  const [, account, fips, region2, domain] = hostPattern.exec(host.toLowerCase()) ?? [];
  if (account === void 0 || region2 === void 0 || !region.safeParse(region2).success) return null;
  const partition = partitionOf(region2);
  const isChina = partition === "aws-cn";
  if (!["aws", "aws-us-gov", "aws-cn"].includes(partition) || isChina !== (domain === "amazonaws.com.cn")) return null;
  const service2 = fips === void 0 ? "api.ecr" : "ecr-fips";
  return {
    account,
    region: region2,
    api: `https://${service2}.${region2}.${isChina ? "amazonaws.com.cn" : "amazonaws.com"}`,
  };
};

// server/src/adapters/cloud/aws/ecr.ts
var margin2 = 30 * 6e4;
var answer = z13.object({
  authorizationData: z13.tuple(
    [
      z13.object({
        authorizationToken: z13.base64(),
        /** Seconds since the epoch. */
        expiresAt: z13.number(),
        proxyEndpoint: z13.string().optional(),
      }),
    ],
    z13.unknown(),
  ),
});
var refusal3 = z13
  .object({ __type: z13.string().regex(/^[\w.#]{1,100}$/u) })
  .transform(({ __type: name3 }) => name3.replace(/^.*#/u, ""));
var createEcr = (host) => {
  const tokens = /* @__PURE__ */ new Map();
  return async (registry, role, refused3) => {
    const key2 = JSON.stringify([registry.api, role?.arn, role?.externalId]);
    const known4 = tokens.get(key2);
    const kept3 = await known4;
    if (kept3 !== void 0 && kept3.auth !== refused3 && host.clock.now() < kept3.expires - margin2)
      return { ...kept3, isKept: true };
    const other = tokens.get(key2);
    if (other !== void 0 && other !== known4) return { ...(await other), isKept: false };
    const asked = askToken(registry, role, host);
    tokens.set(key2, asked);
    try {
      return { ...(await asked), isKept: false };
    } catch (error) {
      if (tokens.get(key2) === asked) tokens.delete(key2);
      throw error;
    }
  };
};
var whoIs = (role) => role?.arn ?? "the server's own role or user";
var denied = [
  /^AccessDenied/u,
  "provider_denied",
  (role) =>
    `Give ${whoIs(role)} the right ecr:GetAuthorizationToken on *; \`keyroll connection policy NAME --only charts\` prints it.`,
];
var refusals5 = [
  denied,
  [
    /^(UnrecognizedClient|InvalidClientTokenId|ExpiredToken|RequestExpired|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken)/u,
    "provider_denied",
    () => "The server's AWS credentials are wrong or out of date: check them, and its clock.",
  ],
  [/^(Throttl|TooManyRequests|LimitExceeded)/u, "provider_throttled", () => "Try again later; it is safe."],
];
var askToken = async ({ region: region2, api }, role, host) => {
  const what = `ecr:GetAuthorizationToken in ${region2}`;
  const field2 = "reference.url";
  const fail3 = (code, why, next) => new KeyrollError(code, why, { field: field2, next, changed: false });
  const { status, body } = await ask2(
    {
      service: "ecr",
      region: region2,
      role,
      address: api,
      variable: "AWS_ENDPOINT_URL_ECR",
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
      },
      body: "{}",
      what,
      field: field2,
      next: {
        unsigned:
          "Give the server a role or AWS_ACCESS_KEY_ID, or name a connection in AWS (`--connection NAME`), or give a user name and password.",
        silent: `Is ${region2} in the address spelled right? If it is, check the network.`,
      },
    },
    host,
  );
  if (status >= 400 && status < 500) {
    const reason3 = refusal3.safeParse(body).data ?? "no reason";
    const [, code, next] = refusals5.find(([pattern]) => pattern.test(reason3)) ?? denied;
    throw fail3(code, `AWS refused ${what} (${status} ${reason3}).`, next(role));
  }
  const found = answer.safeParse(status === 200 ? body : null);
  const [data] = found.data?.authorizationData ?? [];
  if (data === void 0 || !Buffer18.from(data.authorizationToken, "base64").toString("latin1").startsWith("AWS:"))
    throw fail3("provider_unreachable", `The answer to ${what} (${status}) holds no token.`, "Try again later.");
  const endpoint = data.proxyEndpoint ?? "";
  const own2 = URL.canParse(endpoint) ? ecrRegistryOf(new URL(endpoint).host) : null;
  return { auth: data.authorizationToken, account: own2?.account ?? null, expires: data.expiresAt * 1e3 };
};

// server/src/adapters/helm/charts.ts
import { Buffer as Buffer21 } from "node:buffer";
import { gzipSync } from "node:zlib";
import { mkdtemp, mkdir, readdir, readFile as readFile4, rm, writeFile } from "node:fs/promises";
import { dirname as dirname2, join, normalize } from "node:path";

// server/src/adapters/helm/chart-archive.ts
import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
var mostPacked = 10 * 1024 * 1024;
var mostUnpacked = 64 * 1024 * 1024;
var mostFiles = 5e3;
var links = /* @__PURE__ */ new Set([
  "link",
  "symbolicLink",
  "blockDevice",
  "characterDevice",
  "fifo",
  "contiguousFile",
  "gnuSparseFile",
]);
var invalidChart = (message, next = "Package it with `helm package`.") =>
  new KeyrollError("invalid", message, { field: "chart", next, changed: false });
var unpackChart = (tgz) => {
  try {
    return new Uint8Array(gunzipSync(tgz, { maxOutputLength: mostUnpacked }));
  } catch (error) {
    const large = error instanceof RangeError;
    throw large
      ? new KeyrollError("limit_exceeded", `The chart unpacks to more than ${mostUnpacked} bytes.`, {
          field: "chart",
          limit: mostUnpacked,
          changed: false,
        })
      : invalidChart("The chart is not a .tgz archive.");
  }
};
var openChart = (tgz) => {
  if (tgz.byteLength > mostPacked) {
    throw new KeyrollError("limit_exceeded", `The chart has ${tgz.byteLength} bytes; ${mostPacked} are taken.`, {
      field: "chart",
      limit: mostPacked,
      actual: tgz.byteLength,
      changed: false,
    });
  }
  const files2 = parseTar(unpackChart(tgz));
  if (files2.length > mostFiles)
    throw new KeyrollError("limit_exceeded", `The chart has ${files2.length} files; ${mostFiles} are taken.`, {
      field: "chart",
      limit: mostFiles,
      actual: files2.length,
      changed: false,
    });
  for (const { name: name3, type } of files2) {
    if (name3.startsWith("/") || name3.split("/").includes("..") || name3.includes("\0"))
      throw invalidChart("The chart's archive names a file outside its own folder.");
    if (links.has(String(type))) {
      throw invalidChart(`The chart's archive holds a link or device (${name3.slice(0, 100)}).`);
    }
  }
  const found = files2.filter(({ name: name3 }) => /^[^/]+\/Chart\.yaml$/u.test(name3));
  const [chart] = found;
  if (chart?.data === void 0 || found.length !== 1)
    throw invalidChart("The archive is not a chart: it needs exactly one folder with a Chart.yaml in it.");
  const folder3 = chart.name.slice(0, -"Chart.yaml".length);
  const inside = files2.filter(({ name: name3 }) => name3.startsWith(folder3));
  return {
    read: (name3) => {
      const file = inside.find((one) => one.name === folder3 + name3);
      return file?.data === void 0 ? null : new TextDecoder().decode(file.data);
    },
    files: () =>
      new Map(
        inside.flatMap(({ name: name3, data }) => (data === void 0 ? [] : [[name3.slice(folder3.length), data]])),
      ),
  };
};

// server/src/adapters/helm/chart-facts.ts
import { parseDocument } from "yaml";

// server/src/adapters/kubernetes/json.ts
var isJson = (value2) => typeof value2 === "object" && value2 !== null && !Array.isArray(value2);
var at2 = (value2, ...path4) =>
  path4.reduce((node, key2) => {
    if (Array.isArray(node) && typeof key2 === "number") return node[key2];
    return isJson(node) ? node[key2] : void 0;
  }, value2);
var text = (value2, ...path4) => {
  const found = at2(value2, ...path4);
  return typeof found === "string" ? found : null;
};
var number2 = (value2, ...path4) => {
  const found = at2(value2, ...path4);
  return typeof found === "number" ? found : null;
};
var list = (value2, ...path4) => {
  const found = at2(value2, ...path4);
  return Array.isArray(found) ? found : [];
};
var time2 = (value2, ...path4) => {
  const found = text(value2, ...path4);
  const parsed5 = found === null ? Number.NaN : Date.parse(found);
  return Number.isNaN(parsed5) ? null : parsed5;
};

// server/src/adapters/helm/chart-facts.ts
var mostText = 256 * 1024;
var mostPacked2 = 40;
var chartYaml = ({ read: read3 }) => {
  const document = parseDocument(read3("Chart.yaml") ?? "");
  try {
    return document.errors.length === 0 ? document.toJS({ maxAliasCount: 10 }) : null;
  } catch {
    return null;
  }
};
var contractOf = (chart, yaml) => ({
  annotation: text(yaml, "annotations", "keyroll.dev/requires"),
  envExample: chart.read(".env.example"),
});
var inspectChart = (tgz) => {
  const chart = openChart(tgz);
  const value2 = chartYaml(chart);
  const name3 = text(value2, "name");
  const version4 = text(value2, "version");
  if (
    !isJson(value2) ||
    name3 === null ||
    version4 === null ||
    !/^[a-z0-9][a-z0-9.-]{0,99}$/u.test(name3) ||
    !/^v?\d+(\.\d+)*[0-9A-Za-z.+-]{0,100}$/u.test(version4)
  ) {
    throw invalidChart("Chart.yaml needs a name (a-z, 0-9, -, .) and a version (SemVer).", "Correct Chart.yaml.");
  }
  const appVersion = value2["appVersion"];
  return {
    name: name3,
    version: version4,
    appVersion: typeof appVersion === "string" || typeof appVersion === "number" ? String(appVersion) : null,
    description: text(value2, "description"),
    requires: requiredKeys(contractOf(chart, value2)).map(({ key: key2 }) => key2),
  };
};
var chartValues = (tgz) => {
  const { read: read3 } = openChart(tgz);
  const written = read3("values.yaml") ?? "";
  const schema = read3("values.schema.json");
  let parsed5 = null;
  try {
    parsed5 = schema === null || schema.length > mostText ? null : JSON.parse(schema);
  } catch {
    parsed5 = null;
  }
  return {
    text: written.slice(0, mostText),
    isCut: written.length > mostText,
    schema: isJson(parsed5) && !Array.isArray(parsed5) ? parsed5 : null,
  };
};
var readTemplates = (chart, at3, found, left) => {
  for (const [path4, content] of chart.files()) {
    if (/(?:^|\/)templates\/.*\.(?:ya?ml|tpl|txt)$/u.test(path4))
      found.set(`${at3}/${path4}`, new TextDecoder().decode(content));
    else if (/(?:^|\/)charts\/[^/]+\.tgz$/u.test(path4) && left.packed > 0) {
      left.packed -= 1;
      const inner = openChart(content);
      const name3 = text(chartYaml(inner), "name") ?? "";
      readTemplates(inner, `${at3}/${path4.replace(/[^/]+$/u, "")}${name3}`, found, left);
    }
  }
};
var chartText = (tgz) => {
  const chart = openChart(tgz);
  const yaml = chartYaml(chart);
  const templates = /* @__PURE__ */ new Map();
  readTemplates(chart, text(yaml, "name") ?? "", templates, { packed: mostPacked2 });
  return { templates, ...contractOf(chart, yaml) };
};

// server/src/adapters/helm/helm-error.ts
var scrub = (text4) =>
  text4
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^(level=|WARNING:|W\d{4}|I\d{4})/u.test(line))
    .join(" ")
    .replaceAll(/[A-Za-z0-9+/]{40,}={0,2}/gu, "\u2026")
    .replace(/^Error:\s*/u, "")
    .slice(0, 900);
var helmError = (stderr, doing) => {
  const said2 = scrub(stderr);
  const message = `Helm could not ${doing}: ${said2 === "" ? "it said nothing" : said2}`;
  if (/another operation \(install\/upgrade\/rollback\) is in progress/u.test(said2)) {
    return new KeyrollError("in_use", message, {
      next: "Somebody else's Helm is at work on this release, or died in it; `helm rollback` unlocks it.",
    });
  }
  if (
    /(connection refused|no such host|i\/o timeout|context deadline exceeded|Kubernetes cluster unreachable|EOF)/u.test(
      said2,
    )
  )
    return new KeyrollError("provider_unreachable", message);
  if (/(forbidden|Unauthorized|must be logged in)/iu.test(said2)) return new KeyrollError("provider_denied", message);
  if (/invalid ownership metadata|cannot be imported into the current release/u.test(said2)) {
    return new KeyrollError("invalid", message, {
      next: "The named object exists and belongs to somebody else: take it out of the chart, or hand it over to the release.",
    });
  }
  if (/conflicts? with "/u.test(said2)) {
    return new KeyrollError("invalid", message, {
      next: "Another manager owns that field (an autoscaler, a kubectl edit): take the field out of the chart, or deploy with --force-conflicts to take it.",
    });
  }
  return new KeyrollError("invalid", message, {
    next: "Correct the chart or its values; `helm template` shows the same.",
  });
};

// server/src/adapters/helm/registry.ts
import { Buffer as Buffer19 } from "node:buffer";
var isOci = (url) => /^oci:\/\/[^\s@]+$/u.test(url) && URL.canParse(url);
var refuseIdentity = ({ url, username, identity: identity2 }) => {
  if ((identity2 ?? null) === null || username !== void 0) return;
  throw new KeyrollError(
    "invalid",
    `A connection signs in to ECR, and ${URL.canParse(url) ? `\`${new URL(url).host}\`` : "the reference"} is no registry of it.`,
    {
      field: "reference.connection",
      next: "Leave the connection out; give a user name and password where they are asked for.",
      changed: false,
    },
  );
};
var pullFromRegistry = async (reference, out, host) => {
  const { url, version: version4, username, password: password2, identity: identity2 } = reference;
  const { host: name3 } = new URL(url);
  const registry = username === void 0 ? ecrRegistryOf(name3) : null;
  if (registry === null) refuseIdentity(reference);
  const role = registry === null ? null : roleIn(registry, identity2 ?? null);
  await checkHost(new URL(url.replace(/^oci:/u, "https:")), host.egress);
  const pull = async (auth2) => {
    const { code, stderr: stderr2 } = await host.helm.run({
      args: () => ["pull", url, ...(version4 === void 0 ? [] : ["--version", version4]), "--destination", out],
      files: { "registry.json": JSON.stringify({ auths: auth2 === null ? {} : { [name3]: { auth: auth2 } } }) },
      timeoutSeconds: 120,
    });
    return { stderr: stderr2, status: code === 0 ? null : statusIn(stderr2) };
  };
  if (registry !== null) {
    await pullFromEcr(registry, role, url, pull, host.ecr);
    return;
  }
  const auth = username === void 0 ? null : Buffer19.from(`${username}:${password2 ?? ""}`).toString("base64");
  const { status, stderr } = await pull(auth);
  if (status !== null) throw errorOf(status, stderr);
};
var pullFromEcr = async (registry, role, url, pull, ecr) => {
  let signIn = await ecr(registry, role);
  let pulled = await pull(signIn.auth);
  if (signIn.isKept && isRefusal(pulled)) {
    signIn = await ecr(registry, role, signIn.auth);
    pulled = await pull(signIn.auth);
  }
  if (isRefusal(pulled)) throw refusedBy(registry, url, role, signIn);
  if (pulled.status !== null) throw errorOf(pulled.status, pulled.stderr);
};
var isRefusal = ({ status }) => status === 401 || status === 403;
var roleIn = ({ region: region2 }, identity2) => {
  if (identity2 === null) return null;
  const [own2, its] = [partitionOf(identity2.region), partitionOf(region2)];
  if (own2 !== its)
    throw new KeyrollError("invalid", `The connection is in the partition ${own2} of AWS, the registry in ${its}.`, {
      field: "reference.connection",
      next: "Name a connection into the registry's partition.",
      changed: false,
    });
  return identity2.roleArn === null ? null : { arn: identity2.roleArn, externalId: identity2.externalId };
};
var refusedBy = ({ account, region: region2 }, url, role, { account: own2 }) => {
  const repository = new URL(url).pathname.slice(1).split(":")[0] ?? "";
  const arn2 = `arn:${partitionOf(region2)}:ecr:${region2}:${account}:repository/${repository}`;
  const isForeign = own2 !== null && own2 !== account;
  return new KeyrollError(
    "provider_denied",
    `ECR refuses to let ${whoIs(role)} pull from ${arn2}.${isForeign ? ` The registry belongs to another account than ${own2}.` : ""}`,
    {
      field: "reference.url",
      next: `Give ${whoIs(role)} ecr:BatchGetImage, ecr:GetDownloadUrlForLayer (without an exact version also ecr:ListImages) on ${arn2}${isForeign ? `, and let the repository's own policy name the account ${own2}` : ""}.`,
      changed: false,
    },
  );
};
var statusIn = (stderr) =>
  /basic credential not found/u.test(stderr) ? 401 : Number(/status code (\d{3})/u.exec(stderr)?.[1] ?? 0);
var answers = /* @__PURE__ */ new Map([
  [401, ["provider_denied", "Give a user name and password that it takes."]],
  [403, ["provider_denied", "Give a user name and password that may read this."]],
  [404, ["not_found", "Check the address and the version."]],
  [429, ["provider_throttled", "Try again later; it is safe."]],
]);
var errorOf = (status, stderr) => {
  const said2 = helmError(stderr, "pull the chart");
  const [code, next] = answers.get(status) ?? [said2.code, said2.next];
  return new KeyrollError(code, said2.message, { field: "reference.url", next, changed: false });
};

// server/src/adapters/helm/repository.ts
import { Buffer as Buffer20 } from "node:buffer";
import { createHash as createHash4 } from "node:crypto";
import { parseDocument as parseDocument2 } from "yaml";
var mostIndex = 32 * 1024 * 1024;
var mostParsed = 2 * 1024 * 1024;
var mostChart = 10 * 1024 * 1024;
var mostHops = 5;
var deadline4 = 6e4;
var codes = /* @__PURE__ */ new Map([
  [401, "provider_denied"],
  [403, "provider_denied"],
  [404, "not_found"],
  [410, "not_found"],
  [429, "provider_throttled"],
]);
var invalid = (message, next) => new KeyrollError("invalid", message, { field: "reference", next, changed: false });
var isLocal = (url) => /^(localhost|127\.[\d.]+|\[::1\])$/u.test(url.hostname);
var isFetched = (url) =>
  url.username === "" &&
  url.password === "" &&
  (url.protocol === "https:" || (url.protocol === "http:" && isLocal(url)));
var addressOf = (text4) => {
  const url = URL.canParse(text4) ? new URL(text4.endsWith("/") ? text4 : `${text4}/`) : null;
  if (url !== null && isFetched(url) && url.search === "" && url.hash === "") return url;
  throw invalid(
    "The reference must be an oci:// or https:// address without credentials in it.",
    "Such as oci://registry.example.com/charts/shop, or https://charts.example.com with the chart's name.",
  );
};
var reasonOf2 = (error) => {
  const found = error instanceof Error ? (Reflect.get(error, "code") ?? error.name) : null;
  return typeof found === "string" ? found : "no answer";
};
var fetchBytes = async (first, authorization, most10, egress) => {
  const { Agent, request } = await import("undici");
  let url = first;
  for (let hop = 0; hop <= mostHops; hop++) {
    if (!isFetched(url)) throw invalid(`${first.host} leads to an address that is not https.`, "Push the .tgz itself.");
    const agent = new Agent({ connect: { timeout: 1e4, lookup: guardedLookup(url, egress) } });
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: agent,
        signal: AbortSignal.timeout(deadline4),
        headers: {
          "user-agent": "keyroll",
          ...(authorization === null || url.origin !== first.origin ? {} : { authorization }),
        },
      });
      const { location } = headers;
      if (statusCode >= 300 && statusCode < 400 && typeof location === "string" && URL.canParse(location, url)) {
        url = new URL(location, url);
        continue;
      }
      if (statusCode !== 200) {
        throw new KeyrollError(
          codes.get(statusCode) ?? "provider_unreachable",
          `The chart repository ${url.host} answered ${statusCode} for ${url.pathname.slice(0, 200)}.`,
          statusCode === 401
            ? { next: "Give a user name and password that it takes.", changed: false }
            : { changed: false },
        );
      }
      return await bytesOf(body, most10, url);
    } catch (error) {
      if (error instanceof KeyrollError) throw error;
      if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
      throw new KeyrollError(
        "provider_unreachable",
        `The chart repository ${url.host} cannot be reached (${reasonOf2(error)}).`,
        { changed: false },
        { cause: error },
      );
    } finally {
      await agent.destroy();
    }
  }
  throw invalid(`${first.host} redirects more than ${mostHops} times.`, "Name the address that it leads to.");
};
var bytesOf = async (body, most10, url) => {
  const parts2 = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > most10) {
      throw new KeyrollError("limit_exceeded", `${url.host} sends more than ${most10} bytes.`, {
        field: "reference",
        limit: most10,
        next: "Push the chart as a .tgz.",
        changed: false,
      });
    }
    parts2.push(part);
  }
  return Buffer20.concat(parts2);
};
var cutOut = (index, chart) => {
  const begin = index.indexOf(`
  ${chart}:
`);
  if (begin < 0) return "entries: {}\n";
  const rest2 = index.slice(begin + 1);
  const end = /\n(?! {4}| {2}- |\n)/u.exec(rest2.slice(rest2.indexOf("\n") + 1));
  return `entries:
${end === null ? rest2 : rest2.slice(0, rest2.indexOf("\n") + 1 + end.index)}
`;
};
var readIndex = (bytes, chart) => {
  const whole2 = bytes.toString("utf8");
  try {
    const value2 = /^\s*\{/u.test(whole2)
      ? JSON.parse(whole2)
      : parseDocument2(whole2.length > mostParsed ? cutOut(whole2, chart) : whole2).toJS({ maxAliasCount: 10 });
    const entries2 = isJson(value2) ? value2["entries"] : null;
    if (isJson(entries2)) return entries2;
  } catch {}
  throw invalid("The repository's index.yaml cannot be read.", "Is it the address of a chart repository?");
};
var versionsOf = (entries2, chart) => {
  const found = Object.hasOwn(entries2, chart) ? list(entries2, chart) : [];
  const versions2 = found.flatMap((entry3) => {
    const version4 = text(entry3, "version");
    const [url] = list(entry3, "urls");
    return version4 === null || typeof url !== "string"
      ? []
      : [{ version: version4, url, digest: text(entry3, "digest") }];
  });
  if (versions2.length > 0) return versions2;
  const near = nearest(chart, Object.keys(entries2));
  throw new KeyrollError("not_found", `The repository has no chart \`${chart}\`.`, {
    field: "reference.chart",
    ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
    changed: false,
  });
};
var chooseWithHelm = async (helm, chart, versions2, wanted) => {
  const exact = versions2.find(({ version: version4 }) => version4 === wanted);
  if (exact !== void 0) return exact;
  const entry3 = ({ version: version4 }) => ({ apiVersion: "v2", name: chart, version: version4, urls: ["none.tgz"] });
  const { code, stdout, stderr } = await helm.run({
    args: (folder3) => [
      "search",
      "repo",
      `repository/${chart}`,
      "--output=json",
      `--repository-config=${folder3}/repositories.yaml`,
      `--repository-cache=${folder3}`,
      ...(wanted === void 0 ? [] : [`--version=${wanted}`]),
    ],
    files: {
      "repositories.yaml": JSON.stringify({ repositories: [{ name: "repository", url: "https://charts.invalid" }] }),
      "repository-index.yaml": JSON.stringify({ apiVersion: "v1", entries: { [chart]: versions2.map(entry3) } }),
    },
    timeoutSeconds: 30,
  });
  if (code !== 0) {
    throw wanted !== void 0 && stderr.includes("constraint")
      ? invalid(`\`${wanted}\` is neither a version nor a range of versions.`, "Such as 1.2.3, ^1.2 or ~1.2.3.")
      : helmError(stderr, "choose the version");
  }
  const found = JSON.parse(stdout);
  const chosen = versions2.find(({ version: version4 }) => version4 === text(found, 0, "version"));
  if (chosen !== void 0) return chosen;
  throw new KeyrollError(
    "not_found",
    wanted === void 0
      ? `The repository has only pre-releases of \`${chart}\`.`
      : `The repository has no version ${wanted} of \`${chart}\`.`,
    {
      field: "reference.version",
      next: `It has ${versions2
        .slice(0, 5)
        .map(({ version: version4 }) => version4)
        .join(", ")}${versions2.length > 5 ? " and more" : ""}.`,
      changed: false,
    },
  );
};
var pullFromRepository = async ({ url, chart, version: version4, username, password: password2 }, host) => {
  const base4 = addressOf(url);
  if (chart === void 0 || !/^[a-z0-9][a-z0-9._-]{0,99}$/u.test(chart)) {
    throw invalid(
      "A chart repository holds several charts: which one is not said.",
      "Name the chart (`--chart NAME`): a-z, 0-9, - and .",
    );
  }
  const authorization =
    username === void 0 ? null : `Basic ${Buffer20.from(`${username}:${password2 ?? ""}`).toString("base64")}`;
  const entries2 = readIndex(
    await fetchBytes(new URL("index.yaml", base4), authorization, mostIndex, host.egress),
    chart,
  );
  const chosen = await chooseWithHelm(host.helm, chart, versionsOf(entries2, chart), version4);
  if (!URL.canParse(chosen.url, base4))
    throw invalid("The index gives no address of the chart.", "Push the .tgz itself.");
  const from = new URL(chosen.url, base4);
  const own2 = from.origin === base4.origin ? authorization : null;
  const bytes = await fetchBytes(from, own2, mostChart, host.egress);
  const digest = createHash4("sha256").update(bytes).digest("hex");
  if (chosen.digest !== null && chosen.digest.replace(/^sha256:/u, "") !== digest) {
    throw invalid(
      `The package of \`${chart}\` ${chosen.version} is not the one that the index names (its sha256 is another).`,
      "Ask whoever runs the repository.",
    );
  }
  return new Uint8Array(bytes);
};

// server/src/adapters/helm/charts.ts
var withoutTimes = (tgz) => {
  const tar = Buffer21.from(unpackChart(tgz));
  let at3 = 0;
  while (at3 + 512 <= tar.length && tar[at3] !== 0) {
    const size = Number.parseInt(tar.toString("latin1", at3 + 124, at3 + 136), 8);
    tar.write("00000000000\0", at3 + 136, "latin1");
    tar.fill(" ", at3 + 148, at3 + 156, "latin1");
    const sum2 = tar.subarray(at3, at3 + 512).reduce((total2, byte) => total2 + byte, 0);
    tar.write(`${sum2.toString(8).padStart(6, "0")}\0 `, at3 + 148, "latin1");
    at3 += 512 + 512 * Math.ceil(size / 512);
  }
  return new Uint8Array(gzipSync(tar));
};
var safe = (path4) => {
  const clean = normalize(path4);
  if (clean.startsWith("/") || clean.startsWith("..") || clean.includes("\0"))
    throw invalidChart(`\`${path4.slice(0, 100)}\` is not a path inside the chart's folder.`);
  return clean;
};
var createCharts = (options) => {
  const inFolder = async (work2) => {
    await mkdir(options.workDir, { recursive: true, mode: 448 });
    const folder3 = await mkdtemp(join(options.workDir, "chart-"));
    try {
      return await work2(folder3);
    } finally {
      await rm(folder3, { recursive: true, force: true });
    }
  };
  const packedIn = async (folder3) => {
    const [name3] = (await readdir(folder3)).filter((file) => file.endsWith(".tgz"));
    if (name3 === void 0) throw invalidChart("Helm made no package.");
    return new Uint8Array(await readFile4(join(folder3, name3)));
  };
  return {
    inspect: async (tgz) => inspectChart(tgz),
    values: async (tgz) => chartValues(tgz),
    text: async (tgz) => chartText(tgz),
    package: async (files2) =>
      await inFolder(async (folder3) => {
        for (const [path4, content] of files2) {
          const target = join(folder3, "chart", safe(path4));
          await mkdir(dirname2(target), { recursive: true, mode: 448 });
          await writeFile(target, content, { mode: 384 });
        }
        if (!files2.has("Chart.yaml"))
          throw invalidChart("The folder has no Chart.yaml.", "Give the folder that holds Chart.yaml.");
        const { code, stderr } = await options.helm.run({
          args: () => ["package", join(folder3, "chart"), "--destination", join(folder3, "out")],
          timeoutSeconds: 60,
        });
        if (code !== 0) {
          const missing4 = /found in Chart\.yaml, but missing in charts\/ directory: (.+)/u.exec(stderr)?.[1];
          throw missing4 === void 0
            ? helmError(stderr, "package the chart")
            : invalidChart(
                `Dependencies of the chart are missing: ${missing4.trim()}.`,
                "Run `helm dependency update` in the chart's folder and push again.",
              );
        }
        const bytes = withoutTimes(await packedIn(join(folder3, "out")));
        return { bytes, facts: inspectChart(bytes) };
      }),
    pull: async (reference) => {
      if (!isOci(reference.url)) {
        refuseIdentity(reference);
        return await pullFromRepository(reference, options);
      }
      return await inFolder(async (folder3) => {
        await mkdir(join(folder3, "out"), { mode: 448 });
        await pullFromRegistry(reference, join(folder3, "out"), options);
        return await packedIn(join(folder3, "out"));
      });
    },
    policies: chartPolicies,
  };
};

// server/src/adapters/helm/helm.ts
import { Buffer as Buffer22 } from "node:buffer";
import { fileURLToPath as fileURLToPath2 } from "node:url";
import { promisify as promisify2 } from "node:util";
import { gzip } from "node:zlib";
import { existsSync } from "node:fs";
import { stringify } from "yaml";

// server/src/adapters/helm/release-record.ts
var versionOf = (secret2) => Number(text(secret2, "metadata", "labels", "version") ?? 0);
var newestRecord = async ({ client, namespace, name: name3 }) => {
  const secrets3 = await client.list(`/api/v1/namespaces/${namespace}/secrets`, {
    query: { labelSelector: `owner=helm,name=${name3}` },
    metadataOnly: true,
  });
  const last = secrets3.toSorted((a, b) => versionOf(b) - versionOf(a))[0];
  if (last === void 0) return null;
  return {
    revision: versionOf(last),
    status: text(last, "metadata", "labels", "status") ?? "",
    at: time2(last, "metadata", "creationTimestamp"),
  };
};
var lookAtRelease = async (helm, release2, known4) => {
  const record3 = await newestRecord(release2);
  const nothing2 = { description: null, chart: null };
  if (record3 === null || record3.status === "uninstalled")
    return { ...nothing2, revision: null, status: record3?.status ?? null, at: null };
  if (known4.includes(record3.revision)) return { ...nothing2, ...record3 };
  const newest = await helm.newest(release2);
  if (newest === null) return { ...nothing2, revision: null, status: null, at: null };
  return { ...newest, at: newest.revision === record3.revision ? record3.at : null };
};

// server/src/adapters/helm/run-helm.ts
import { spawn } from "node:child_process";
import { mkdir as mkdir2, mkdtemp as mkdtemp2, rm as rm2, writeFile as writeFile2 } from "node:fs/promises";
import { join as join2 } from "node:path";
import { fileURLToPath } from "node:url";
var most5 = 32 * 1024 * 1024;
var memory = "1GiB";
var supervisor = fileURLToPath(new URL("./supervisor.mjs", import.meta.url));
var collect = (stream, stop) => {
  const parts2 = [];
  let size = 0;
  stream.on("data", (part) => {
    size += part.byteLength;
    if (size > most5) stop();
    else parts2.push(part);
  });
  return { text: () => Buffer.concat(parts2).toString("utf8") };
};
var runHelm = async (options, call4) => {
  await mkdir2(options.workDir, { recursive: true, mode: 448 });
  const folder3 = await mkdtemp2(join2(options.workDir, "helm-"));
  try {
    for (const [name3, content] of Object.entries(call4.files ?? {})) {
      const path4 = join2(folder3, name3);
      await mkdir2(join2(path4, ".."), { recursive: true, mode: 448 });
      await writeFile2(path4, content, { mode: 384 });
    }
    const env = {
      PATH: options.path,
      HOME: folder3,
      HELM_CACHE_HOME: join2(folder3, "cache"),
      HELM_CONFIG_HOME: join2(folder3, "config"),
      HELM_DATA_HOME: join2(folder3, "data"),
      HELM_PLUGINS: join2(folder3, "plugins"),
      HELM_REGISTRY_CONFIG: join2(folder3, "registry.json"),
      KUBECONFIG: join2(folder3, "kubeconfig"),
      KUBECACHEDIR: join2(folder3, "kube-cache"),
      GOMEMLIMIT: memory,
      ...call4.env,
    };
    await call4.guard?.();
    const runFile = join2(options.workDir, `${call4.run ?? folder3.slice(folder3.lastIndexOf("/") + 1)}.run`);
    const deadline8 = options.now() + call4.timeoutSeconds * 1e3;
    return await new Promise((resolve, reject) => {
      const child = spawn(
        process.execPath,
        [supervisor, runFile, String(deadline8), options.binary, ...call4.args(folder3)],
        {
          stdio: ["pipe", "pipe", "pipe"],
          cwd: folder3,
          env,
        },
      );
      const stop = () => {
        child.stdin.end();
      };
      const stdout = collect(child.stdout, stop);
      const stderr = collect(child.stderr, stop);
      child.stdin.on("error", () => void 0);
      call4.signal?.addEventListener("abort", stop, { once: true });
      if (call4.signal?.aborted === true) stop();
      child.on("error", reject);
      child.on("close", (code) => {
        call4.signal?.removeEventListener("abort", stop);
        if (code === 127) reject(missing(options.binary));
        else resolve({ code: code ?? 1, stdout: stdout.text(), stderr: stderr.text() });
      });
    });
  } finally {
    await rm2(folder3, { recursive: true, force: true });
  }
};
var missing = (binary) =>
  new KeyrollError("unavailable", `Helm was not found (${binary === "helm" ? "`helm` on PATH" : "KEYROLL_HELM"}).`, {
    next: "Install Helm 4 or 3.21 (https://helm.sh/docs/intro/install), or set KEYROLL_HELM to its path.",
  });

// server/src/adapters/helm/runs.ts
import { readdir as readdir2, readFile as readFile5, rm as rm3 } from "node:fs/promises";
import { join as join3 } from "node:path";
var grace = 2e4;
var every = 100;
var parse2 = (text4) => {
  try {
    const value2 = JSON.parse(text4);
    if (typeof value2 !== "object" || value2 === null) return null;
    const [pid, startTime, deadline8] = ["pid", "startTime", "deadline"].map((name3) => Reflect.get(value2, name3));
    return typeof pid === "number" && pid > 1 && typeof startTime === "string" && typeof deadline8 === "number"
      ? { pid, startTime, deadline: deadline8 }
      : null;
  } catch {
    return null;
  }
};
var isAlive = async ({ pid, startTime }) => {
  try {
    const stat2 = await readFile5(`/proc/${pid}/stat`, "latin1");
    const fields2 = stat2.split(") ").at(-1)?.split(" ") ?? [];
    return fields2[0] !== "Z" && fields2[19] === startTime;
  } catch {
    return false;
  }
};
var signal = (pid, name3) => {
  try {
    process.kill(-pid, name3);
  } catch {}
};
var endOrphans = async (folder3, prefix2, clock2) => {
  const names2 = (await readdir2(folder3).catch(() => [])).filter(
    (name3) => name3.startsWith(prefix2) && name3.endsWith(".run"),
  );
  let ended = 0;
  for (const name3 of names2) {
    const path4 = join3(folder3, name3);
    const run = parse2(await readFile5(path4, "utf8").catch(() => ""));
    if (run !== null && (await isAlive(run))) {
      ended++;
      signal(run.pid, "SIGTERM");
      const until = clock2.now() + grace;
      while (await isAlive(run)) {
        if (clock2.now() >= until) signal(run.pid, "SIGKILL");
        await clock2.sleep(every);
      }
    }
    await rm3(path4, { force: true });
  }
  return ended;
};

// server/src/adapters/helm/helm.ts
var postRender =
  [new URL("./post-render.mjs", import.meta.url), new URL("./post-render.ts", import.meta.url)]
    .map((url) => fileURLToPath2(url))
    .find(existsSync) ?? "";
var kubeconfig = async (access2) => {
  const { identity: identity2 } = access2;
  const base64 = (value2) => Buffer22.from(value2).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "keyroll",
    contexts: [{ name: "keyroll", context: { cluster: "keyroll", user: "keyroll" } }],
    clusters: [
      {
        name: "keyroll",
        cluster: {
          server: access2.server,
          ...(access2.ca === null ? {} : { "certificate-authority-data": base64(access2.ca) }),
          ...(access2.tlsServerName === null ? {} : { "tls-server-name": access2.tlsServerName }),
        },
      },
    ],
    users: [
      {
        name: "keyroll",
        user:
          identity2.kind === "token"
            ? { token: await identity2.token() }
            : { "client-certificate-data": base64(identity2.cert), "client-key-data": base64(identity2.key) },
      },
    ],
  });
};
var plugin = stringify({
  apiVersion: "v1",
  type: "postrenderer/v1",
  name: "keyroll",
  version: "0.1.0",
  runtime: "subprocess",
  runtimeConfig: { platformCommand: [{ command: process.execPath, args: [postRender] }] },
});
var isLocked = async (release2) => (await newestRecord(release2))?.status.startsWith("pending-") === true;
var runPrefix = (release2) => `${release2.namespace}.${release2.name}.`;
var createHelm = (options) => {
  let known4 = null;
  const findMajor = async () => {
    const { code, stdout, stderr } = await runHelm(options, {
      args: () => ["version", "--template", "{{.Version}}"],
      timeoutSeconds: 20,
    });
    if (code !== 0) throw helmError(stderr, "say its version");
    const [, major2 = "", minor = ""] = /v(\d+)\.(\d+)/u.exec(stdout) ?? [];
    if (major2 === "4" && Number(minor) >= 2) return 4;
    if (major2 === "3" && Number(minor) >= 21) return 3;
    throw new KeyrollError(
      "unavailable",
      `This Helm is ${stdout.trim()}; Keyroll works with 4.2 and later, and 3.21.`,
      { limit: "4.2", actual: stdout.trim(), next: "Install one of them, or set KEYROLL_HELM." },
    );
  };
  const major = async () => {
    known4 ??= findMajor().catch((error) => {
      known4 = null;
      throw error;
    });
    return await known4;
  };
  const call4 = async (release2, rest2) =>
    await runHelm(options, { ...rest2, files: { ...rest2.files, kubeconfig: await kubeconfig(release2.access) } });
  const upgradeArgs = (release2, folder3) => [
    "upgrade",
    "--install",
    release2.name,
    `${folder3}/chart.tgz`,
    `--namespace=${release2.namespace}`,
    `--values=${folder3}/values.yaml`,
    "--output=json",
    "--history-max=10",
    ...(release2.createNamespace ? ["--create-namespace"] : []),
  ];
  const chartFiles = (chart) => ({ "chart.tgz": chart.bytes, "values.yaml": chart.values });
  const newest = async (release2) => {
    const { code, stdout, stderr } = await call4(release2, {
      args: () => ["history", release2.name, "--namespace", release2.namespace, "--max", "1", "--output", "json"],
      timeoutSeconds: 60,
    });
    if (code !== 0) {
      if (/release: not found/u.test(stderr)) return null;
      throw helmError(stderr, "read the release");
    }
    const rows = JSON.parse(stdout);
    const row = Array.isArray(rows) ? rows.at(-1) : null;
    return row === null || row === void 0
      ? null
      : {
          revision: number2(row, "revision") ?? 0,
          status: text(row, "status") ?? "",
          description: text(row, "description") ?? "",
          chart: text(row, "chart") ?? "",
        };
  };
  return {
    major,
    run: async (rest2) => await runHelm(options, rest2),
    render: async (release2, chart, signal2) => {
      await major();
      const { code, stdout, stderr } = await call4(release2, {
        args: (folder3) => [...upgradeArgs(release2, folder3), "--dry-run=server", "--hide-secret"],
        files: chartFiles(chart),
        signal: signal2,
        timeoutSeconds: 120,
      });
      if (code !== 0) {
        if (!release2.createNamespace && /namespaces? "?[^"]*"? not found/u.test(stderr)) throw noNamespace(release2);
        throw helmError(stderr, "render the chart");
      }
      const answer3 = JSON.parse(stdout);
      return {
        manifest: text(answer3, "manifest") ?? "",
        hooks: list(answer3, "hooks").flatMap((hook) => text(hook, "manifest") ?? []),
        revision: number2(answer3, "version"),
        releaseBytes: await releaseBytes(stdout),
      };
    },
    upgrade: async (release2, chart, inject, run) => {
      const helm = await major();
      const injecting = inject.length > 0;
      const post =
        helm === 4
          ? ["--post-renderer", "keyroll"]
          : ["--post-renderer", process.execPath, "--post-renderer-args", postRender];
      const { code, stdout, stderr } = await call4(release2, {
        args: (folder3) => [
          ...upgradeArgs(release2, folder3),
          `--description=keyroll ${run.id}`,
          `--timeout=${run.timeoutSeconds}s`,
          ...(helm === 4 && run.forceConflicts ? ["--force-conflicts"] : []),
          ...(injecting ? post : []),
        ],
        files: { ...chartFiles(chart), ...(injecting && helm === 4 ? { "plugins/keyroll/plugin.yaml": plugin } : {}) },
        env: injecting ? { KEYROLL_MARKS: JSON.stringify(inject) } : {},
        signal: run.signal,
        timeoutSeconds: run.timeoutSeconds + 30,
        run: `${runPrefix(release2)}${run.id}`,
        guard: run.guard,
      });
      run.signal.throwIfAborted();
      if (code !== 0) throw helmError(stderr, "upgrade the release");
      const answer3 = JSON.parse(stdout);
      return isJson(answer3) ? (number2(answer3, "version") ?? 0) : 0;
    },
    recover: async (release2) => {
      const done = [];
      const ended = await endOrphans(options.workDir, runPrefix(release2), options.clock);
      if (ended > 0) done.push(`Ended ${ended} Helm process that a stopped server had left running.`);
      if (!(await isLocked(release2))) return done;
      const state = await newest(release2);
      if (state === null || !state.status.startsWith("pending-")) return done;
      if (
        !state.description.startsWith("keyroll ") &&
        ended === 0 &&
        !/^(Preparing upgrade|Initial install underway)$/u.test(state.description)
      ) {
        throw new KeyrollError(
          "in_use",
          `Release ${release2.name} is ${state.status} (${state.description}): somebody else's Helm is at work, or died in it.`,
          { next: "Wait, or unlock it with helm rollback." },
        );
      }
      const first = state.revision === 1;
      const args = first
        ? ["uninstall", release2.name, "--namespace", release2.namespace]
        : ["rollback", release2.name, "--namespace", release2.namespace];
      const { code, stderr } = await call4(release2, {
        args: () => args,
        timeoutSeconds: 300,
        run: `${runPrefix(release2)}repair`,
      });
      if (code !== 0) throw helmError(stderr, "unlock the release");
      done.push(
        first
          ? `Took back the first install of ${release2.name}, which was cut off.`
          : `Unlocked release ${release2.name} (it was ${state.status}) by going back to its last revision.`,
      );
      return done;
    },
    newest,
    uninstall: async (release2, signal2) => {
      const { code, stderr } = await call4(release2, {
        args: () => ["uninstall", release2.name, "--namespace", release2.namespace, "--ignore-not-found"],
        timeoutSeconds: 600,
        signal: signal2,
      });
      if (code !== 0) throw helmError(stderr, "uninstall the release");
    },
  };
};
var compress = promisify2(gzip);
var small = 700 * 1024;
var releaseBytes = async (release2) =>
  release2.length < small ? null : Math.ceil((await compress(release2, { level: 9 })).length / 3) * 4;
var noNamespace = (release2) =>
  new KeyrollError("invalid", `The namespace ${release2.namespace} does not exist.`, {
    field: "namespace",
    next: `Make it: kubectl create namespace ${release2.namespace}; or let Keyroll: keyroll env set --set createNamespace=true`,
    changed: false,
  });

// server/src/adapters/kubernetes/access.ts
import { readFile as readFile6 } from "node:fs/promises";

// server/src/adapters/cloud/aws/eks-token.ts
import { Buffer as Buffer23 } from "node:buffer";
var reuse = 3e5;
var life2 = 60;
var eksToken = ({ name: name3, region: region2, role }, clock2) => {
  let signer = null;
  let last = null;
  return async () => {
    const now = clock2.now();
    if (last !== null && now - last.at < reuse && now >= last.at) return last.token;
    const hostname = `sts.${region2}.${region2.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"}`;
    try {
      signer ??= signerOf("sts", region2, role);
      const { query: query2 = {} } = await (
        await signer
      ).presign(
        {
          method: "GET",
          protocol: "https:",
          hostname,
          path: "/",
          query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
          headers: { host: hostname, "x-k8s-aws-id": name3 },
        },
        { expiresIn: life2, signingDate: new Date(now) },
      );
      const search2 = Object.entries(query2).map(([key2, value2]) => `${key2}=${encodeURIComponent(String(value2))}`);
      const url = `https://${hostname}/?${search2.join("&")}`;
      last = { token: `k8s-aws-v1.${Buffer23.from(url).toString("base64url")}`, at: now };
      return last.token;
    } catch (error) {
      if (error instanceof KeyrollError) throw error;
      throw new KeyrollError(
        "provider_denied",
        `The server has no AWS credentials for the cluster \`${name3}\` (${failureOf(error).reason}).`,
        { next: "Give the server a role or AWS_ACCESS_KEY_ID.", changed: false },
      );
    }
  };
};

// server/src/adapters/kubernetes/access.ts
var folder = "/var/run/secrets/kubernetes.io/serviceaccount";
var makers = /* @__PURE__ */ new Map();
var tokensOf = ({ name: name3, region: region2, roleArn, externalId }, clock2) => {
  const cluster4 = { name: name3, region: region2, role: roleArn === null ? null : { arn: roleArn, externalId } };
  const key2 = JSON.stringify(cluster4);
  const known4 = makers.get(key2) ?? eksToken(cluster4, clock2);
  makers.set(key2, known4);
  return known4;
};
var accessOf = async (credential2, { clock: clock2 }) => {
  const { server, tlsServerName, identity: identity2 } = credential2;
  if (identity2.kind === "in-cluster") {
    const ca = credential2.ca ?? (await readFile6(`${folder}/ca.crt`, "utf8"));
    return {
      server,
      tlsServerName,
      ca,
      identity: { kind: "token", token: async () => (await readFile6(`${folder}/token`, "utf8")).trim() },
    };
  }
  if (identity2.kind === "eks") {
    return {
      server,
      tlsServerName,
      ca: credential2.ca,
      identity: { kind: "token", token: tokensOf(identity2, clock2) },
    };
  }
  if (identity2.kind === "token") {
    const { token: token3 } = identity2;
    return { server, tlsServerName, ca: credential2.ca, identity: { kind: "token", token: async () => token3 } };
  }
  return { server, tlsServerName, ca: credential2.ca, identity: identity2 };
};

// server/src/adapters/kubernetes/answers.ts
var KubeConflict = class extends KeyrollError {
  /** Of a server-side apply: which fields belong to somebody else, and to whom, in the server's words. */
  causes;
  constructor(message, causes = []) {
    super("in_use", message);
    this.causes = causes;
  }
};
var KubeGone = class extends KeyrollError {
  constructor(message) {
    super("provider_unreachable", message);
  }
};
var codes2 = /* @__PURE__ */ new Map([
  [400, "invalid"],
  [401, "provider_denied"],
  [403, "provider_denied"],
  [404, "not_found"],
  [422, "invalid"],
  [429, "provider_throttled"],
]);
var scrubbed = (message) =>
  message
    .replaceAll(/(data|stringData)[^\s]*/gu, "data")
    .replaceAll(/[A-Za-z0-9+/]{24,}={0,2}/gu, "\u2026")
    .slice(0, 500);
var causesOf = (body) =>
  list(body, "details", "causes").map((cause) => ({
    message: scrubbed(text(cause, "message") ?? ""),
    field: text(cause, "field") ?? "",
  }));
var failure = (status, body, what) => {
  const message = text(body, "message");
  const said2 = message === null ? `answered ${status}` : `answered ${status}: ${scrubbed(message)}`;
  if (status === 409) return new KubeConflict(`The cluster ${said2} (${what}).`, causesOf(body));
  if (status === 410) return new KubeGone(`The cluster ${said2} (${what}).`);
  return new KeyrollError(codes2.get(status) ?? "provider_unreachable", `The cluster ${said2} (${what}).`);
};
var eventOf = (line, what) => {
  const event = parsed3(line);
  const type = text(event, "type");
  const object = at2(event, "object");
  if (isJson(object)) {
    if (type === "ERROR") throw failure(number2(object, "code") ?? 500, object, what);
    if (type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK") return { type, object };
  }
  throw new KeyrollError("provider_unreachable", `The cluster sent an event that Keyroll cannot read (${what}).`);
};
var parsed3 = (raw) => {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
};
var unreachable2 = (error, server, what) => {
  if (error instanceof KeyrollError) return error;
  if (error instanceof Error && error.cause instanceof KeyrollError) return error.cause;
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string"
      ? error.code
      : error instanceof Error
        ? error.name
        : "unknown";
  return new KeyrollError(
    "provider_unreachable",
    `The cluster at ${server} cannot be reached (${code}; ${what}).`,
    {},
    { cause: error },
  );
};

// server/src/adapters/kubernetes/items.ts
var opening = '"items":[';
var endOfText = (body, from) => {
  for (let at3 = body.indexOf('"', from + 1); at3 !== -1; at3 = body.indexOf('"', at3 + 1)) {
    let slashes = 0;
    while (body[at3 - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at3;
  }
  return -1;
};
var endOf2 = (body, from) => {
  let depth = 0;
  for (let at3 = from; at3 < body.length; at3++) {
    const sign2 = body[at3];
    if (sign2 === '"') {
      at3 = endOfText(body, at3);
      if (at3 === -1) return -1;
    } else if (sign2 === "{" || sign2 === "[") depth += 1;
    else if (sign2 === "}" || sign2 === "]") {
      depth -= 1;
      if (depth === 0) return at3 + 1;
    }
  }
  return -1;
};
var eachItem = async (body, each) => {
  let head3 = null;
  let text4 = "";
  let isOver = false;
  for await (const part of body) {
    text4 += part;
    if (head3 === null) {
      const start2 = text4.indexOf(opening);
      if (start2 === -1) continue;
      head3 = text4.slice(0, start2 + opening.length);
      text4 = text4.slice(start2 + opening.length);
    }
    let at3 = 0;
    while (!isOver && at3 < text4.length) {
      if (text4[at3] === "]") isOver = true;
      else if (text4[at3] !== "{") at3 += 1;
      else {
        const end = endOf2(text4, at3);
        if (end === -1) break;
        const item = parsed3(text4.slice(at3, end));
        if (!isJson(item)) return null;
        each(item);
        at3 = end;
      }
    }
    text4 = text4.slice(at3);
  }
  return head3 === null || isOver ? parsed3((head3 ?? "") + text4) : null;
};
var itemwise = async (body, each, what) => {
  let isTaken = false;
  body.setEncoding("utf8");
  try {
    return await eachItem(body, (item) => {
      isTaken = true;
      each(item);
    });
  } catch (error) {
    if (!isTaken) throw error;
    throw new KubeGone(`The cluster's answer broke off (${what}).`);
  }
};

// server/src/adapters/kubernetes/client.ts
var metadataType = "application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadata";
var patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};
var deadline5 = 15e3;
var tries2 = 4;
var watchSeconds = 280;
var silence = 9e4;
var longestEvent = 8 * 1024 * 1024;
var createKubeClient = async (access2, host) => {
  const { Agent, request } = await import("undici");
  const server = new URL(access2.server);
  const { identity: identity2 } = access2;
  const options = {
    // Over HTTP/2 a server that goes away in the middle of a body is an error event that nobody can catch.
    allowH2: false,
    keepAliveTimeout: 3e4,
    connect: {
      timeout: 1e4,
      ...(access2.ca === null ? {} : { ca: access2.ca }),
      ...(access2.tlsServerName === null ? {} : { servername: access2.tlsServerName }),
      ...(identity2.kind === "certificate" ? { cert: identity2.cert, key: identity2.key } : {}),
      ...(host.egress === null ? {} : { lookup: guardedLookup(server, host.egress) }),
    },
  };
  const agent = new Agent({ ...options, connections: 16 });
  const streams = new Agent({ ...options, headersTimeout: deadline5, bodyTimeout: silence });
  const address = (path4) => new URL(server.pathname.replace(/\/$/u, "") + path4, server);
  const headersOf = async (accept) => ({
    accept,
    "user-agent": "keyroll",
    ...(identity2.kind === "token" ? { authorization: `Bearer ${await identity2.token()}` } : {}),
  });
  const waitOf = (headers) => {
    const after = Number(headers["retry-after"]);
    return Number.isFinite(after) ? after * 1e3 : null;
  };
  const retried = async (most10, signal2, what, call4) => {
    for (let attempt = 1; ; attempt++) {
      let wait3 = null;
      try {
        const answer3 = await call4();
        if (answer3.status < 300) {
          if (answer3.result !== null) return answer3.result;
          throw new KeyrollError("provider_unreachable", `The cluster's answer is not JSON (${what}).`);
        }
        const again2 = answer3.status === 429 || answer3.status >= 500;
        if (!again2 || attempt >= most10) throw failure(answer3.status, answer3.said, what);
        ({ wait: wait3 } = answer3);
      } catch (error) {
        signal2?.throwIfAborted();
        const told = unreachable2(error, server.host, what);
        if (told === error || attempt >= most10 || told.code !== "provider_unreachable") throw told;
      }
      await host.clock.sleep(wait3 ?? host.random.fraction() * 250 * 2 ** attempt, signal2);
    }
  };
  const send = async (method, path4, body, type, sending, what) =>
    await retried(method === "GET" ? tries2 : 1, sending.signal, what, async () => {
      const accept =
        sending.metadataOnly === true
          ? `${metadataType}${sending.query?.["limit"] === void 0 ? "" : "List"}`
          : "application/json";
      const limit = AbortSignal.timeout(deadline5);
      const answer3 = await request(address(path4), {
        method,
        headers: { ...(await headersOf(accept)), ...(body === null ? {} : { "content-type": type }) },
        query: { ...sending.query },
        dispatcher: agent,
        signal: sending.signal === void 0 ? limit : AbortSignal.any([limit, sending.signal]),
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      const isList = sending.each !== void 0 && answer3.statusCode < 300;
      const said2 = isList ? await itemwise(answer3.body, sending.each, what) : parsed3(await answer3.body.text());
      return {
        status: answer3.statusCode,
        wait: waitOf(answer3.headers),
        result: isJson(said2) ? said2 : null,
        said: said2,
      };
    });
  const watch = async function* (path4, resourceVersion, signal2, sending = {}) {
    const what = `watch ${path4}`;
    const query2 = {
      ...sending.query,
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(watchSeconds),
      resourceVersion,
    };
    const body = await retried(tries2, signal2, what, async () => {
      const headers = await headersOf(sending.metadataOnly === true ? metadataType : "application/json");
      const answer3 = await request(address(path4), {
        method: "GET",
        headers,
        query: query2,
        dispatcher: streams,
        signal: signal2,
      });
      const isOpen = answer3.statusCode < 300;
      return {
        status: answer3.statusCode,
        wait: waitOf(answer3.headers),
        result: isOpen ? answer3.body : null,
        said: isOpen ? null : parsed3(await answer3.body.text()),
      };
    });
    body.setEncoding("utf8");
    let rest2 = "";
    try {
      for await (const part of body) {
        const lines = `${rest2}${part}`.split("\n");
        rest2 = lines.pop() ?? "";
        if (rest2.length > longestEvent)
          throw new KeyrollError("provider_unreachable", `The cluster sent an event without an end (${what}).`);
        for (const line of lines) if (line !== "") yield eventOf(line, what);
      }
    } catch (error) {
      signal2.throwIfAborted();
      throw unreachable2(error, server.host, what);
    }
  };
  const get = async (path4, sending = {}) => await send("GET", path4, null, "", sending, `GET ${path4}`);
  const pages = async function* (path4, sending = {}) {
    let next = "";
    do {
      const query2 = { limit: "500", ...sending.query, ...(next === "" ? {} : { continue: next }) };
      const page3 = await get(path4, { ...sending, query: query2 });
      next = text(page3, "metadata", "continue") ?? "";
      yield {
        items: list(page3, "items").filter(isJson),
        resourceVersion: text(page3, "metadata", "resourceVersion") ?? "",
      };
    } while (next !== "");
  };
  const whole2 = async (path4, sending) => {
    const all = await Array.fromAsync(pages(path4, sending));
    return { items: all.flatMap(({ items }) => items), resourceVersion: all.at(-1)?.resourceVersion ?? "" };
  };
  const snapshot = async (path4, sending = {}) => {
    try {
      return await whole2(path4, sending);
    } catch (error) {
      if (error instanceof KubeGone) return await whole2(path4, sending);
      throw error;
    }
  };
  return {
    get,
    find: async (path4, sending = {}) => {
      try {
        return await get(path4, sending);
      } catch (error) {
        if (error instanceof KeyrollError && error.code === "not_found") return null;
        throw error;
      }
    },
    list: async (path4, sending = {}) => (await snapshot(path4, sending)).items,
    snapshot,
    pages,
    watch,
    create: async (path4, body, sending = {}) =>
      await send("POST", path4, body, "application/json", sending, `POST ${path4}`),
    put: async (path4, body, sending = {}) =>
      await send("PUT", path4, body, "application/json", sending, `PUT ${path4}`),
    patch: async (path4, body, type, sending = {}) =>
      await send("PATCH", path4, body, patchTypes[type], sending, `PATCH ${path4}`),
    remove: async (path4, sending = {}) => {
      try {
        await send("DELETE", path4, null, "", sending, `DELETE ${path4}`);
      } catch (error) {
        if (!(error instanceof KeyrollError && error.code === "not_found")) throw error;
      }
    },
    close: async () => {
      await Promise.all([agent.close(), streams.destroy()]);
    },
  };
};

// server/src/adapters/kubernetes/app-secrets.ts
import { Buffer as Buffer24, isUtf8 as isUtf83 } from "node:buffer";

// server/src/adapters/kubernetes/owner.ts
var kindIs = (owners, kind2) => owners.some((owner) => text(owner, "kind") === kind2);
var some = (map, prefix2) => Object.keys(map).some((name3) => name3.startsWith(prefix2));
var signs = [
  {
    name: "External Secrets",
    is: (labels2, annotations, owners) =>
      kindIs(owners, "ExternalSecret") ||
      some(labels2, "reconcile.external-secrets.io/") ||
      some(annotations, "reconcile.external-secrets.io/"),
    steps: "Set deletionPolicy: Retain on its ExternalSecret, delete the ExternalSecret, then deploy with --adopt.",
  },
  {
    name: "the Vault Secrets Operator",
    is: (labels2, _annotations, owners) =>
      kindIs(owners, "VaultStaticSecret") || labels2["secrets.hashicorp.com/vso-ownerRefUID"] !== void 0,
    steps: "Remove the VaultStaticSecret with the Secret kept (drop the ownerReference), then deploy with --adopt.",
  },
  {
    name: "the Infisical operator",
    is: (_labels, annotations, owners) =>
      kindIs(owners, "InfisicalSecret") || some(annotations, "secrets.infisical.com/"),
    steps: "Set creationPolicy: Orphan on its InfisicalSecret, delete it, then deploy with --adopt.",
  },
  {
    name: "the Doppler operator",
    is: (labels2, annotations) => some(labels2, "secrets.doppler.com/") || some(annotations, "secrets.doppler.com/"),
    steps: "Delete its DopplerSecret, then deploy with --adopt.",
  },
  {
    name: "Sealed Secrets",
    is: (_labels, annotations, owners) =>
      kindIs(owners, "SealedSecret") || some(annotations, "sealedsecrets.bitnami.com/"),
    steps:
      "Annotate the SealedSecret with sealedsecrets.bitnami.com/skip-set-owner-references, delete it, then deploy with --adopt.",
  },
  {
    name: "Argo CD",
    is: (labels2, annotations) =>
      annotations["argocd.argoproj.io/tracking-id"] !== void 0 || labels2["argocd.argoproj.io/instance"] !== void 0,
    steps:
      "Take the Secret out of the Application's sources with Prune=false on it, sync, remove the tracking mark, then deploy with --adopt.",
  },
  {
    name: "Flux",
    is: (labels2) => some(labels2, "kustomize.toolkit.fluxcd.io/") || some(labels2, "helm.toolkit.fluxcd.io/"),
    steps:
      "Take the Secret out of the Kustomization with kustomize.toolkit.fluxcd.io/prune: disabled on it, reconcile, then deploy with --adopt.",
  },
  {
    name: "a Helm release",
    is: (labels2, annotations) =>
      labels2["app.kubernetes.io/managed-by"] === "Helm" || annotations["meta.helm.sh/release-name"] !== void 0,
    steps:
      "Take the Secret out of the chart with helm.sh/resource-policy: keep on it, upgrade, remove Helm's marks, then deploy with --adopt.",
  },
];
var ownerOf = (secret2) => {
  const labels2 = at2(secret2, "metadata", "labels");
  const annotations = at2(secret2, "metadata", "annotations");
  const owners = list(secret2, "metadata", "ownerReferences");
  const sign2 = signs.find((one) =>
    one.is(isJson(labels2) ? labels2 : {}, isJson(annotations) ? annotations : {}, owners),
  );
  if (sign2 !== void 0) return { name: sign2.name, steps: sign2.steps };
  const [owner] = owners;
  if (owner === void 0) return null;
  return {
    name: `${text(owner, "kind") ?? "an object"} ${text(owner, "name") ?? ""}`.trim(),
    steps: "Remove the ownerReference (deleting the owner would delete the Secret), then deploy with --adopt.",
  };
};

// server/src/adapters/kubernetes/app-secrets.ts
var manager = "keyroll";
var managedBy = "app.kubernetes.io/managed-by";
var lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
var marks = {
  environment: "keyroll.dev/environment",
  revision: "keyroll.dev/revision",
  digest: "keyroll.dev/digest",
  restart: "keyroll.dev/restart",
};
var pathOf4 = ({ namespace, name: name3 }) => `/api/v1/namespaces/${namespace}/secrets/${name3}`;
var writtenAt = (secret2) => {
  const times = list(secret2, "metadata", "managedFields")
    .filter((entry3) => isJson(at2(entry3, "fieldsV1", "f:data")))
    .map((entry3) => time2(entry3, "time") ?? 0);
  return times.length === 0 ? time2(secret2, "metadata", "creationTimestamp") : Math.max(...times);
};
var sealedBy = (secret2) => {
  if (at2(secret2, "immutable") === true) return "immutable";
  const type = text(secret2, "type") ?? "Opaque";
  return type === "Opaque" ? null : `of type ${type}`;
};
var mirrorOf = (secret2, environmentId) => {
  const annotations = at2(secret2, "metadata", "annotations");
  const environment2 = text(annotations, marks.environment);
  const revision2 = Number(text(annotations, marks.revision) ?? Number.NaN);
  const ours = text(secret2, "metadata", "labels", managedBy) === "keyroll" && environment2 === environmentId;
  const data = at2(secret2, "data");
  return {
    exists: true,
    ours,
    environment: environment2,
    revision: Number.isInteger(revision2) ? revision2 : null,
    uid: text(secret2, "metadata", "uid"),
    resourceVersion: text(secret2, "metadata", "resourceVersion"),
    keys: isJson(data) ? Object.keys(data).toSorted() : [],
    owner: ours ? null : ownerOf(secret2),
    sealed: sealedBy(secret2),
    writtenAt: writtenAt(secret2),
  };
};
var absent2 = {
  exists: false,
  ours: false,
  environment: null,
  revision: null,
  uid: null,
  resourceVersion: null,
  keys: null,
  owner: null,
  sealed: null,
  writtenAt: null,
};
var readMirror = async (client, address, environmentId) => {
  const secret2 = await client.find(pathOf4(address));
  return secret2 === null ? absent2 : mirrorOf(secret2, environmentId);
};
var readMarks = async (client, address, environmentId, signal2) => {
  const secret2 = await client.find(pathOf4(address), { metadataOnly: true, signal: signal2 });
  return secret2 === null ? absent2 : { ...mirrorOf(secret2, environmentId), keys: null };
};
var readValues = async (client, address, environmentId, keys2) => {
  const secret2 = await client.find(pathOf4(address));
  if (secret2 === null || !mirrorOf(secret2, environmentId).ours) return null;
  const data = at2(secret2, "data");
  return new Map(
    keys2.flatMap(({ key: key2, binary }) => {
      const value2 = isJson(data) && Object.hasOwn(data, key2) ? data[key2] : void 0;
      if (typeof value2 !== "string") return [];
      const bytes = new Uint8Array(Buffer24.from(value2, "base64"));
      return [[key2, new Secret(bytes, binary === "as-found" ? !isUtf83(bytes) || bytes.includes(0) : binary)]];
    }),
  );
};
var encoded = (pairs) =>
  Object.fromEntries([...pairs].map(([key2, value2]) => [key2, Buffer24.from(value2.expose()).toString("base64")]));
var sameData = (secret2, data) => {
  const found = at2(secret2, "data");
  const has = isJson(found) ? found : {};
  const keys2 = Object.keys(data);
  return Object.keys(has).length === keys2.length && keys2.every((key2) => has[key2] === data[key2]);
};
var bodyOf = (address, write2, data, before) => {
  const labels2 = at2(before, "metadata", "labels");
  const annotations = at2(before, "metadata", "annotations");
  const kept3 = isJson(annotations)
    ? Object.entries(annotations).filter(([name3]) => name3 !== lastApplied && name3 !== marks.digest)
    : [];
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name: address.name,
      namespace: address.namespace,
      labels: { ...(isJson(labels2) ? labels2 : {}), [managedBy]: "keyroll" },
      annotations: {
        ...Object.fromEntries(kept3),
        [marks.environment]: write2.environmentId,
        [marks.revision]: String(write2.revision),
        ...(write2.digest === null ? {} : { [marks.digest]: write2.digest }),
      },
      ...(before === null ? {} : { resourceVersion: write2.expect }),
    },
    data,
  };
};
var raced = () =>
  new KeyrollError(
    "foreign_secret",
    "The Secret was changed by somebody else while it was being written; nothing of this write was kept.",
    {
      next: "Deploy again: it looks anew.",
    },
  );
var refuse7 = (mirror, write2, address) => {
  if (mirror.sealed !== null) {
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} is ${mirror.sealed}: it cannot be written.`,
      { next: "Remove that Secret, then deploy again." },
    );
  }
  if (mirror.ours) return;
  if (mirror.owner !== null)
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} belongs to ${mirror.owner.name}.`,
      { next: mirror.owner.steps },
    );
  if (!write2.adopt)
    throw new KeyrollError(
      "foreign_secret",
      `The Secret ${address.namespace}/${address.name} was not made by Keyroll.`,
      { next: "Deploy with --adopt to take it over." },
    );
};
var make = async (client, address, body) => {
  try {
    await client.create(`/api/v1/namespaces/${address.namespace}/secrets`, body, { query: { fieldManager: manager } });
    return;
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
  }
  const query2 = { fieldManager: manager, force: "false" };
  const made = await client.patch(pathOf4(address), body, "apply", { query: query2 });
  const others2 = list(made, "metadata", "managedFields").filter((entry3) => text(entry3, "manager") !== manager);
  if (others2.length === 0) return;
  const nothing2 = { apiVersion: "v1", kind: "Secret", metadata: { name: address.name, namespace: address.namespace } };
  await client.patch(pathOf4(address), nothing2, "apply", { query: query2 });
  throw raced();
};
var writeMirror = async (client, address, write2) => {
  const data = encoded(write2.pairs);
  const before = await client.find(pathOf4(address));
  if (before !== null) {
    const mirror = mirrorOf(before, write2.environmentId);
    refuse7(mirror, write2, address);
    const digest = text(before, "metadata", "annotations", marks.digest) ?? write2.digest;
    if (mirror.ours && mirror.revision === write2.revision && digest === write2.digest && sameData(before, data))
      return mirror;
    if (mirror.resourceVersion !== write2.expect) throw raced();
  } else if (write2.expect !== "absent") throw raced();
  try {
    if (before === null) await make(client, address, bodyOf(address, write2, data, null));
    else
      await client.put(pathOf4(address), bodyOf(address, write2, data, before), { query: { fieldManager: manager } });
  } catch (error) {
    if (error instanceof KubeConflict) throw raced();
    throw error;
  }
  const after = await client.get(pathOf4(address));
  if (!sameData(after, data)) {
    throw new KeyrollError(
      "integrity",
      `The Secret ${address.namespace}/${address.name} was read back with other content than was written.`,
      { changed: true },
    );
  }
  return mirrorOf(after, write2.environmentId);
};

// server/src/adapters/cloud/aws/eks.ts
import { Buffer as Buffer25 } from "node:buffer";
import { z as z14 } from "zod";
var settings7 = z14
  .strictObject({
    clusterName: z14
      .string()
      .regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/u, "an EKS cluster's name: letters, digits, - and _"),
    region,
    ...roleSettings,
  })
  .superRefine(checkAccount);
var readEks = (given) => {
  const parsed5 = settings7.safeParse(given);
  if (parsed5.success)
    return { name: parsed5.data.clusterName, region: parsed5.data.region, role: roleOf(parsed5.data) };
  const [issue] = parsed5.error.issues;
  const field2 = ["cluster", ...(issue?.path ?? []).map(String)].join(".");
  throw new KeyrollError("invalid", `\`${field2}\`: ${issue?.message ?? "is not right"}.`, {
    field: field2,
    changed: false,
  });
};
var place2 = z14.object({
  cluster: z14.object({
    endpoint: z14.url({ protocol: /^https$/u }),
    certificateAuthority: z14.object({ data: z14.base64() }),
  }),
});
var encryption = z14.object({
  cluster: z14.object({
    version: z14.string(),
    encryptionConfig: z14
      .array(
        z14.object({
          resources: z14.array(z14.string()).default([]),
          provider: z14.object({ keyArn: z14.string() }).optional(),
        }),
      )
      .nullish(),
  }),
});
var describeEks = async (cluster4, host) => {
  const found = await describe(cluster4, host, place2, "names no address of the cluster");
  const { endpoint, certificateAuthority } = found.cluster;
  return { server: endpoint, ca: Buffer25.from(certificateAuthority.data, "base64").toString("utf8") };
};
var describeEksEncryption = async (cluster4, host) => {
  const found = await describe(cluster4, host, encryption, "says nothing of its version and encryption");
  const { version: version4, encryptionConfig } = found.cluster;
  const ofSecrets = (encryptionConfig ?? []).find(({ resources }) => resources.includes("secrets"));
  return { version: version4, keyArn: ofSecrets?.provider?.keyArn ?? null };
};
var describe = async ({ name: name3, region: region2, role }, host, shape4, lack) => {
  const domain = region2.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const what = `eks:DescribeCluster on \`${name3}\` in ${region2}`;
  const field2 = "cluster.clusterName";
  const fail3 = (code, why, next) => new KeyrollError(code, why, { field: field2, next, changed: false });
  const { status, body } = await ask2(
    {
      service: "eks",
      region: region2,
      role,
      address: `https://eks.${region2}.${domain}`,
      variable: "AWS_ENDPOINT_URL_EKS",
      method: "GET",
      path: `/clusters/${name3}`,
      what,
      field: field2,
      next: {
        unsigned: "Give the server a role or AWS_ACCESS_KEY_ID.",
        silent: `Check the connection's region: is ${region2} spelled right? If it is, check the network.`,
      },
    },
    host,
  );
  if (status === 404)
    throw fail3("not_found", `There is no EKS cluster \`${name3}\` in ${region2}.`, "Check its name and its Region.");
  if (status >= 400 && status < 500)
    throw fail3(
      "provider_denied",
      `AWS refused ${what} (${status}).`,
      `Give ${role?.arn ?? "the server's own role or user"} the right eks:DescribeCluster on this cluster, and check the server's credentials and clock.`,
    );
  const found = shape4.safeParse(body);
  if (!found.success)
    throw fail3(
      "provider_unreachable",
      `The answer to ${what} (${status}) ${lack}.`,
      "Is the cluster still being made? Try again when it is active.",
    );
  return found.data;
};

// server/src/adapters/cloud/aws/eks-policy.ts
var eksPolicies = ({ name: name3, region: region2, roleArn, externalId }) => {
  const settings9 = { region: region2, roleArn: roleArn ?? void 0, externalId: externalId ?? void 0 };
  const describe2 = {
    Sid: "Cluster",
    Effect: "Allow",
    Action: ["eks:DescribeCluster"],
    Resource: [arnsOf(settings9)("eks", `cluster/${name3}`)],
  };
  return [
    {
      name: "cluster",
      purpose: `For ${roleArn ?? "the server's own role or user"}: where the EKS cluster is and how it keeps Secrets. An access entry of the cluster must name it too.`,
      document: documentOf2([describe2]),
    },
    ...rolePolicies(settings9).map((policy2) => ({ ...policy2, name: `cluster-${policy2.name}` })),
  ];
};

// server/src/adapters/cloud/azure/aks.ts
import { z as z15 } from "zod";

// server/src/adapters/cloud/ask.ts
import { Buffer as Buffer26 } from "node:buffer";
var deadline6 = 15e3;
var answerBytes3 = 4194304;
var parsed4 = (text4) => {
  try {
    return JSON.parse(text4);
  } catch {
    return null;
  }
};
var askCloud = async (question, egress) => {
  const { usual: usual2, given, path: path4, token: token3, what } = question;
  const base4 = new URL(given ?? usual2);
  const failed2 = (why, cause) =>
    new KeyrollError(
      "provider_unreachable",
      `${base4.host} ${why}: ${what}.`,
      { next: "Check the server's network, and try again.", changed: false },
      { cause },
    );
  const open2 = lazyHttp(given === void 0 ? { lookup: guardedLookup(base4, egress) } : {});
  const { request, dispatcher } = await open2();
  try {
    const answer3 = await request(new URL(path4, base4), {
      method: "GET",
      dispatcher,
      signal: AbortSignal.timeout(deadline6),
      headers: { accept: "application/json", "user-agent": "keyroll", authorization: `Bearer ${token3}` },
    });
    const chunks = [];
    let bytes = 0;
    for await (const chunk of answer3.body) {
      bytes += chunk.byteLength;
      if (bytes > answerBytes3) throw failed2(`answers with more than ${answerBytes3} bytes`);
      chunks.push(chunk);
    }
    const { statusCode: status } = answer3;
    if (status === 429 || status >= 500) throw failed2(`answered ${status}`);
    return { status, body: parsed4(Buffer26.concat(chunks).toString("utf8")) };
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
    throw failed2(`cannot be reached (${reasonOf(error)})`, error);
  } finally {
    await dispatcher.destroy();
  }
};

// server/src/adapters/cloud/azure/aks.ts
var id =
  /^\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/resourcegroups\/([\w.()-]{0,89}[\w()-])\/providers\/microsoft\.containerservice\/managedclusters\/([a-z0-9](?:[\w-]{0,61}[a-z0-9])?)$/iu;
var aksIdOf = (given) => {
  const [, subscription, group, cluster4] = id.exec(given) ?? [];
  return cluster4 === void 0
    ? null
    : `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/${cluster4}`;
};
var versions = [
  { version: "2026-04-02-preview", isWhole: true },
  { version: "2026-05-01", isWhole: false },
];
var clouds2 = [
  [".azmk8s.us", "https://management.usgovcloudapi.net"],
  [".azk8s.cn", "https://management.chinacloudapi.cn"],
];
var ofAzure = "https://management.azure.com";
var text2 = z15.string().max(2048);
var shape2 = z15.object({
  properties: z15.object({
    fqdn: text2.nullish(),
    privateFQDN: text2.nullish(),
    provisioningState: text2.nullish(),
    securityProfile: z15
      .object({
        azureKeyVaultKms: z15.object({ enabled: z15.boolean().nullish(), keyId: text2.nullish() }).nullish(),
        kubernetesResourceObjectEncryptionProfile: z15.object({ infrastructureEncryption: text2.nullish() }).nullish(),
      })
      .nullish(),
  }),
});
var describeAks = async (cluster4, hostname, { egress, variables }) => {
  const usual2 = clouds2.find(([suffix]) => hostname.endsWith(suffix))?.[1] ?? ofAzure;
  const { token: token3 } = await grantOf(variables, usual2);
  const what = `Microsoft.ContainerService/managedClusters/read on \`${cluster4}\``;
  const fail3 = (code, why, next) =>
    new KeyrollError(code, why, { field: "cluster.cloudCluster", next, changed: false });
  let refused3 = "";
  for (const { version: version4, isWhole } of versions) {
    const given = variables.get("AZURE_RESOURCE_MANAGER_URL");
    const path4 = `${cluster4}?api-version=${version4}`;
    const { status, body } = await askCloud({ usual: usual2, given, path: path4, token: token3, what }, egress);
    if (status === 200) {
      const found = shape2.safeParse(body);
      if (found.success) return factsOf4(found.data.properties, isWhole);
      throw fail3(
        "provider_unreachable",
        `The answer to ${what} is none that Keyroll can read.`,
        "Try again; if it stays so, look yourself.",
      );
    }
    if (status === 404)
      throw fail3(
        "not_found",
        `There is no AKS cluster \`${cluster4}\`.`,
        "Check its subscription, its resource group and its name.",
      );
    const code = codeOf3(body);
    refused3 = code === null ? `${status}` : `${status} ${code}`;
    if (status === 400) continue;
    throw fail3(
      "provider_denied",
      `Azure refused ${what} (${refused3}).`,
      status === 401
        ? "Check the server's Azure credentials, and its clock."
        : "Give the server's identity the right Microsoft.ContainerService/managedClusters/read on the cluster (role Reader has it).",
    );
  }
  throw fail3(
    "provider_unreachable",
    `Azure takes no version of its API that Keyroll knows (${refused3}): ${what}.`,
    "Look for a newer Keyroll.",
  );
};
var factsOf4 = ({ fqdn, privateFQDN, provisioningState, securityProfile }, isWhole) => {
  const { enabled, keyId } = securityProfile?.azureKeyVaultKms ?? {};
  const { infrastructureEncryption: own2 } = securityProfile?.kubernetesResourceObjectEncryptionProfile ?? {};
  return {
    hosts: [fqdn, privateFQDN].flatMap((host) => (host === null || host === void 0 ? [] : [host.toLowerCase()])),
    provisioningState: provisioningState ?? null,
    keyVaultKms: { enabled: enabled === true, keyId: keyId || null },
    infrastructureEncryption: isWhole || typeof own2 === "string" ? own2 === "Enabled" : null,
  };
};
var codeOf3 = (body) => {
  const code = body?.error?.code;
  return typeof code === "string" && /^\w{1,60}$/u.test(code) ? code : null;
};

// server/src/adapters/cloud/gcp/gke.ts
import { Buffer as Buffer27 } from "node:buffer";
import { z as z16 } from "zod";
var name =
  /^projects\/([a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20})\/locations\/[a-z]{2,20}-[a-z]{2,20}\d{1,2}(-[a-z])?\/clusters\/[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/u;
var isGkeName = (given) => name.test(given);
var text3 = z16.string().max(2048);
var shape3 = z16.object({
  masterAuth: z16.object({ clusterCaCertificate: z16.base64().optional() }).optional(),
  controlPlaneEndpointsConfig: z16
    .object({ dnsEndpointConfig: z16.object({ endpoint: text3.optional() }).optional() })
    .optional(),
  databaseEncryption: z16
    .object({ state: text3.optional(), currentState: text3.optional(), keyName: text3.optional() })
    .optional(),
});
var describeGke = async (cluster4, { clock: clock2, egress, variables }) => {
  const { token: token3 } = await grantOf2(variables, clock2);
  const what = `container.clusters.get on \`${cluster4}\``;
  const { status, body } = await askCloud(
    {
      usual: "https://container.googleapis.com",
      given: variables.get("CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER"),
      path: `/v1/${cluster4}`,
      token: token3,
      what,
    },
    egress,
  );
  const fail3 = (code, why, next) =>
    new KeyrollError(code, why, { field: "cluster.cloudCluster", next, changed: false });
  if (status === 404)
    throw fail3(
      "not_found",
      `There is no GKE cluster \`${cluster4}\`.`,
      "Check its project, its location and its name.",
    );
  if (status !== 200) {
    const refused3 = nameOf6(body) ?? `status ${status}`;
    throw fail3(
      "provider_denied",
      `Google refused ${what} (${refused3}).`,
      status === 401
        ? "Check the server's Google credentials, and its clock."
        : "Give the server's account the right container.clusters.get there (role Kubernetes Engine Cluster Viewer), and see that the project's Kubernetes Engine API is on.",
    );
  }
  const found = shape3.safeParse(body);
  if (!found.success)
    throw fail3(
      "provider_unreachable",
      `The answer to ${what} is none that Keyroll can read.`,
      "Try again; if it stays so, look yourself.",
    );
  const { masterAuth, controlPlaneEndpointsConfig, databaseEncryption } = found.data;
  const ca = masterAuth?.clusterCaCertificate;
  return {
    ca: ca === void 0 ? null : Buffer27.from(ca, "base64").toString("latin1"),
    dnsName: controlPlaneEndpointsConfig?.dnsEndpointConfig?.endpoint ?? null,
    state: databaseEncryption?.state ?? null,
    currentState: databaseEncryption?.currentState ?? null,
    // A string that is not set comes empty from some versions of the API.
    keyName: databaseEncryption?.keyName || null,
  };
};
var nameOf6 = (body) => {
  const found = body?.error?.status;
  return typeof found === "string" && /^[A-Z_]{1,40}$/u.test(found) ? found : null;
};

// server/src/adapters/kubernetes/cloud-cluster.ts
var readCloudCluster = (given) => {
  if (isGkeName(given)) return { platform: "gke", name: given };
  const id4 = aksIdOf(given);
  if (id4 !== null) return { platform: "aks", name: id4 };
  throw new KeyrollError("invalid", "`cluster.cloudCluster` names neither a GKE nor an AKS cluster.", {
    field: "cluster.cloudCluster",
    next: "Give projects/PROJECT/locations/LOCATION/clusters/NAME, or /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME.",
    changed: false,
  });
};

// server/src/adapters/kubernetes/eks-identity.ts
var asWhom = async ({ name: name3, region: region2, roleArn, externalId }) => {
  const role = roleArn === null ? null : assumedRole(region2, { arn: roleArn, externalId });
  const finding4 = { id: "eks-identity", what: "be known to the EKS cluster", required: false };
  try {
    const { arn: arn2 } = await callerOf(region2, role);
    const message = `Keyroll comes as ${arn2}: an access entry of ${name3} must name its role or user.`;
    return { ...finding4, ok: true, message, next: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { ...finding4, ok: false, message: error.message, next: error.next };
  }
};

// server/src/adapters/kubernetes/encryption/not-known.ts
var notKnown = (message, next) => ({
  state: "unknown",
  label: "not known",
  message,
  next,
});

// server/src/adapters/kubernetes/encryption/aks.ts
var isThisAks = (server, { hosts }) => hosts.includes(new URL(server).hostname);
var atWork = /^(Creating|Updating|Upgrading|Migrating|Starting|RotatingClusterCertificates)$/u;
var judgeAks = (cluster4, { provisioningState, keyVaultKms, infrastructureEncryption }) => {
  const show = `az aks show --ids ${cluster4} --query`;
  const isOn = keyVaultKms.enabled || infrastructureEncryption === true;
  if (isOn && provisioningState !== "Succeeded") {
    const state = provisioningState?.slice(0, 40) ?? "no state";
    return atWork.test(state)
      ? notKnown(
          `AKS shall encrypt Secrets with KMS, and is at work on the cluster (${state}).`,
          "Check again when AKS is done with it.",
        )
      : notKnown(
          `AKS shall encrypt Secrets with KMS, but the last change of the cluster did not succeed (${state}).`,
          `Bring the cluster in order, and check again: ${show} '[provisioningState,securityProfile]'`,
        );
  }
  if (keyVaultKms.enabled)
    return {
      state: "declared",
      label: "declared by AKS (KMS, your key)",
      message: `AKS says that it encrypts Secrets with the key ${keyVaultKms.keyId ?? "of a Key Vault"}; nobody but Azure can look into etcd.`,
      next: null,
    };
  if (infrastructureEncryption === true)
    return {
      state: "declared",
      label: "declared by AKS (KMS)",
      message:
        "AKS says that it encrypts Secrets with KMS, with a key that AKS manages; nobody but Azure can look into etcd.",
      next: null,
    };
  if (infrastructureEncryption === null)
    return notKnown(
      "AKS says that no key of your own encrypts Secrets; whether one of its own does, this version of its API does not tell.",
      `Look yourself: ${show} securityProfile.kubernetesResourceObjectEncryptionProfile`,
    );
  return {
    state: "not-encrypted",
    label: "not encrypted (the disk only)",
    message: "AKS without KMS encrypts the disks below etcd, and no Secret.",
    next: `Switch KMS on: az aks update --ids ${cluster4} --kms-infrastructure-encryption Enabled (from Kubernetes 1.33 on), or --enable-azure-keyvault-kms with a key of your own. Then deploy a new revision: app-secrets is written anew.`,
  };
};

// server/src/adapters/kubernetes/encryption/gke.ts
var certificatesIn = (pem2) => {
  const found = [...pem2.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/gu)];
  const isAll = found.length > 0 && found.length === pem2.split("-----BEGIN ").length - 1;
  return isAll ? new Set(found.map(([, body = ""]) => body.replaceAll(/\s+/gu, ""))) : null;
};
var isThisGke = ({ server, ca, tlsServerName }, facts3) => {
  if (ca === null) return (tlsServerName ?? new URL(server).hostname).toLowerCase() === facts3.dnsName?.toLowerCase();
  const [own2, theirs] = [certificatesIn(ca), certificatesIn(facts3.ca ?? "")];
  return own2 !== null && theirs !== null && own2.isSubsetOf(theirs);
};
var again = "Check again when GKE is done with it.";
var judgeGke = (cluster4, { state, currentState, keyName }) => {
  const [, project, location, name3] =
    /^projects\/([^/]+)\/locations\/([^/]+)\/clusters\/([^/]+)$/u.exec(cluster4) ?? [];
  const command = (verb) => `gcloud container clusters ${verb} ${name3} --project ${project} --location ${location}`;
  const current = currentState?.replace(/^CURRENT_STATE_/u, "") ?? "UNSPECIFIED";
  const is = current === "UNSPECIFIED" ? (state ?? "UNKNOWN") : current;
  switch (is) {
    case "ENCRYPTED":
    case "ALL_OBJECTS_ENCRYPTION_ENABLED":
      return {
        state: "declared",
        label: `declared by GKE (${keyName === null ? "KMS" : "KMS, your key"})`,
        message: `GKE says that it encrypts ${is === "ENCRYPTED" ? "Secrets" : "all that its API keeps"} with ${keyName === null ? "a KMS key" : `the KMS key ${keyName}`}; nobody but Google can look into etcd.`,
        next: null,
      };
    case "DECRYPTED":
      return {
        state: "not-encrypted",
        label: "not encrypted (the disk only)",
        message: "GKE without application-layer encryption encrypts the storage below etcd, and no Secret.",
        next: `Give it a Cloud KMS key: ${command("update")} --database-encryption-key projects/\u2026/cryptoKeys/\u2026 Then deploy a new revision: app-secrets is written anew.`,
      };
    case "ENCRYPTION_PENDING":
    case "ALL_OBJECTS_ENCRYPTION_PENDING":
      return notKnown("GKE is encrypting what etcd holds, or changes its key, just now.", again);
    case "DECRYPTION_PENDING":
      return notKnown("GKE is taking the encryption of Secrets away just now.", again);
    case "ENCRYPTION_ERROR":
    case "ALL_OBJECTS_ENCRYPTION_ERROR":
    case "DECRYPTION_ERROR":
      return notKnown(
        `GKE failed to change the encryption of what etcd holds (${is}).`,
        `Look why, which is mostly the Cloud KMS key or the right to use it: ${command("describe")} --format 'yaml(databaseEncryption)'`,
      );
    default:
      return notKnown(
        "GKE says nothing of databaseEncryption that Keyroll knows.",
        `Look yourself: ${command("describe")} --format 'yaml(databaseEncryption)'`,
      );
  }
};

// server/src/adapters/kubernetes/encryption/declared.ts
var commands = {
  eks: [
    "EKS",
    "aws eks describe-cluster --name CLUSTER --query 'cluster.[version,encryptionConfig]' (from 1.28 on, null means a key that AWS owns); a connection made by the EKS cluster's name asks by itself",
  ],
  gke: [
    "GKE",
    "gcloud container clusters describe CLUSTER --location LOCATION --format 'value(databaseEncryption)' (ENCRYPTED or ALL_OBJECTS_ENCRYPTION_ENABLED); a connection that names its GKE cluster (--cloud-cluster) asks by itself",
  ],
  aks: [
    "AKS",
    "az aks show -g GROUP -n CLUSTER --query securityProfile (azureKeyVaultKms.enabled, or kubernetesResourceObjectEncryptionProfile.infrastructureEncryption); a connection that names its AKS cluster (--cloud-cluster) asks by itself",
  ],
};
var judgeEks = ({ version: version4, keyArn }) => {
  const [, major, minor] = /^(\d+)\.(\d+)/u.exec(version4) ?? [];
  if (major === void 0 || minor === void 0)
    return notKnown(
      `EKS calls its version ${version4.slice(0, 20)}, of which Keyroll knows nothing.`,
      `Look yourself: ${commands.eks[1]}.`,
    );
  if (keyArn !== null)
    return {
      state: "declared",
      label: "declared by EKS (KMS, your key)",
      message: `EKS says that it encrypts Secrets with the KMS key ${keyArn}; nobody but AWS can look into etcd.`,
      next: null,
    };
  if (Number(major) * 1e3 + Number(minor) >= 1028)
    return {
      state: "declared",
      label: "declared by EKS (KMS)",
      message: `EKS ${version4} encrypts all that its API keeps with KMS, here with a key that AWS owns; nobody but AWS can look into etcd.`,
      next: null,
    };
  return {
    state: "not-encrypted",
    label: "not encrypted (the disk only)",
    message: `EKS ${version4} without encryptionConfig encrypts the disks below etcd, and no Secret.`,
    next: "Update the cluster to 1.28 or newer, or associate a KMS key: aws eks associate-encryption-config. Then deploy a new revision: app-secrets is written anew.",
  };
};
var closed2 = (name3, why, next) => notKnown(`${name3} lets nobody look into its etcd, and ${why}`, next);
var declaredOf = async ({ server, ca, tlsServerName, identity: identity2 }, cloudCluster, host) => {
  if (identity2.kind === "eks") {
    const { name: name4, region: region2, roleArn, externalId } = identity2;
    const role = roleArn === null ? null : { arn: roleArn, externalId };
    return judgeEks(await describeEksEncryption({ name: name4, region: region2, role }, host));
  }
  if (cloudCluster === null) return null;
  const { platform, name: name3 } = cloudCluster;
  const another = (what) =>
    closed2(
      commands[platform][0],
      `\`${name3}\` is another cluster than this connection's: ${what}.`,
      "Give the connection the name of its own cluster (`cloudCluster`), with its kubeconfig.",
    );
  if (platform === "gke") {
    const facts4 = await describeGke(name3, host);
    return isThisGke({ server, ca, tlsServerName }, facts4)
      ? judgeGke(name3, facts4)
      : another(ca === null ? "it has another DNS endpoint" : "the connection trusts another certificate authority");
  }
  const facts3 = await describeAks(name3, new URL(server).hostname, host);
  return isThisAks(server, facts3) ? judgeAks(name3, facts3) : another("its API server has another address");
};
var declaredBy = async (platform, credential2, cloudCluster, host) => {
  const [name3, command] = commands[platform];
  try {
    const found = await declaredOf(credential2, cloudCluster, host);
    return (
      found ?? closed2(name3, "this connection does not say which cluster to ask for.", `Look yourself: ${command}.`)
    );
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return closed2(name3, `the cloud did not tell: ${error.message}`, error.next);
  }
};

// server/src/adapters/kubernetes/encryption/etcd.ts
import { Buffer as Buffer28 } from "node:buffer";
import { readFile as readFile7 } from "node:fs/promises";
var deadline7 = 1e4;
var bareBytes = 65536;
var fail = (code, message, next, cause) => new KeyrollError(code, message, { next, changed: false }, { cause });
var fileOf2 = async (name3, path4) =>
  await readFile7(path4, "utf8").catch(() => {
    throw fail(
      "provider_denied",
      `The file that ${name3} names cannot be read.`,
      "Let the server's user read it, or take the variables KEYROLL_ETCD_* away.",
    );
  });
var nameOf7 = (error) => {
  if (!(error instanceof Error)) return "?";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name;
};
var untrusted = /CERT|SELF_SIGNED|UNABLE_TO|ISSUER/u;
var refused = /ALERT/u;
var unreachable3 = (host, error) => {
  const reason3 = nameOf7(error);
  if (refused.test(reason3))
    return fail(
      "provider_denied",
      `etcd at ${host} refuses the client certificate (${reason3}).`,
      "Give one that etcd's --trusted-ca-file has signed, with its key: KEYROLL_ETCD_CERT_FILE, KEYROLL_ETCD_KEY_FILE.",
      error,
    );
  if (untrusted.test(reason3))
    return fail(
      "provider_denied",
      `etcd at ${host} shows no certificate of KEYROLL_ETCD_CA_FILE for that name (${reason3}).`,
      "Give the CA that signed etcd's server certificate, and a name or address that stands in it.",
      error,
    );
  return fail(
    "provider_unreachable",
    `etcd at ${host} cannot be reached (${reason3}).`,
    "Check KEYROLL_ETCD_ENDPOINTS and the network. When etcd only hangs up, check the client certificate.",
    error,
  );
};
var answered = (host, status) => {
  if (status === 404)
    return fail(
      "provider_denied",
      `etcd at ${host} has no JSON gateway (404).`,
      "Start etcd with --enable-grpc-gateway (its default), and name its client address, not the one for peers or metrics.",
    );
  if (status >= 500)
    return fail("provider_unreachable", `etcd at ${host} answered ${status}.`, "Check etcd's health and try again.");
  return fail(
    "provider_denied",
    `etcd at ${host} refused to read one key (${status}).`,
    "Let the certificate read below /registry/secrets/. Where etcd's own users are switched on, its JSON gateway knows none by certificate.",
  );
};
var valueIn = (text4, most10) => {
  const found = /"value"\s*:\s*"([A-Za-z0-9+/=]*)/u.exec(text4);
  if (found === null) return null;
  const revision2 = /"mod_revision"\s*:\s*"?(\d+)/u.exec(text4.slice(0, found.index))?.[1] ?? null;
  const whole2 = (found[1] ?? "").slice(0, Math.ceil(most10 / 3) * 4);
  return { bytes: Buffer28.from(whole2, "base64").subarray(0, most10), revision: revision2 };
};
var beginning = async (body, most10) => {
  let text4 = "";
  for await (const chunk of body) {
    text4 += Buffer28.from(chunk).toString("latin1");
    const start2 = text4.search(/"value"\s*:\s*"/u);
    if (text4.length > (start2 === -1 ? bareBytes : start2 + 32 + Math.ceil(most10 / 3) * 4)) break;
  }
  return text4;
};
var openEtcd = async ({ endpoints, caFile, certFile, keyFile: keyFile2 }) => {
  const [ca, cert, key2] = await Promise.all([
    fileOf2("KEYROLL_ETCD_CA_FILE", caFile),
    fileOf2("KEYROLL_ETCD_CERT_FILE", certFile),
    fileOf2("KEYROLL_ETCD_KEY_FILE", keyFile2),
  ]);
  const open2 = lazyHttp({ ca, cert, key: key2, timeout: 5e3 });
  let opened2 = null;
  const readAt = async (endpoint, name3, most10) => {
    const url = new URL("/v3/kv/range", endpoint);
    let status;
    let text4;
    try {
      opened2 ??= await open2();
      const answer3 = await opened2.request(url, {
        method: "POST",
        dispatcher: opened2.dispatcher,
        signal: AbortSignal.timeout(deadline7),
        headers: { "content-type": "application/json", accept: "application/json", "user-agent": "keyroll" },
        // Without `range_end` a range is one key.
        body: JSON.stringify({ key: Buffer28.from(name3).toString("base64") }),
      });
      status = answer3.statusCode;
      text4 = await beginning(answer3.body, most10);
    } catch (error) {
      throw unreachable3(url.host, error);
    }
    if (status !== 200) throw answered(url.host, status);
    return valueIn(text4, most10);
  };
  return {
    read: async (name3, most10) => {
      let last = null;
      for (const endpoint of endpoints) {
        try {
          return await readAt(endpoint, name3, most10);
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
    close: async () => await opened2?.dispatcher.destroy(),
  };
};

// server/src/adapters/kubernetes/encryption/platform.ts
var platformOf = ({ gitVersion, hostname, providerId }) => {
  if (/-eks-?/u.test(gitVersion)) return "eks";
  if (gitVersion.includes("-gke.")) return "gke";
  if (/\.azmk8s\.(io|us)$|\.cx\.prod\.service\.azk8s\.cn$/u.test(hostname)) return "aks";
  if (/^azure:\/\/.*\/resourcegroups\/mc_/iu.test(providerId ?? "")) return "aks";
  return "own";
};
var platformFacts = async (client, server) => {
  const gitVersion = text(await client.get("/version"), "gitVersion") ?? "";
  const nodes = await client.find("/api/v1/nodes", { query: { limit: "1" } }).catch((error) => {
    if (error instanceof KeyrollError && error.code === "provider_denied") return null;
    throw error;
  });
  const providerId = text(list(nodes, "items")[0], "spec", "providerID");
  return { gitVersion, hostname: new URL(server).hostname, providerId };
};

// server/src/adapters/kubernetes/encryption/canary.ts
import { Buffer as Buffer29 } from "node:buffer";
var CanaryRefused = class extends KeyrollError {};
var label = "keyroll.dev/canary";
var leftAfter = 3e5;
var removals = 3;
var folder2 = (namespace) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
var isDenied = (error) => error instanceof KeyrollError && error.code === "provider_denied";
var remove = async ({ client, clock: clock2 }, namespace, name3) => {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.remove(`${folder2(namespace)}/${name3}`);
      return;
    } catch (error) {
      if (attempt < removals && !isDenied(error)) {
        await clock2.sleep(200 * attempt);
        continue;
      }
      throw new KeyrollError(
        error instanceof KeyrollError ? error.code : "provider_unreachable",
        `The canary Secret ${namespace}/${name3} could not be removed; it holds random bytes only.`,
        { next: `kubectl delete secret ${name3} -n ${namespace}`, changed: true },
        { cause: error },
      );
    }
  }
};
var removeLeft = async (host, namespace) => {
  const { client, clock: clock2 } = host;
  let found;
  try {
    found = await client.list(folder2(namespace), { query: { labelSelector: `${label}=true` }, metadataOnly: true });
  } catch (error) {
    if (isDenied(error)) return;
    throw error;
  }
  for (const one of found) {
    const name3 = text(one, "metadata", "name");
    const made = Date.parse(text(one, "metadata", "creationTimestamp") ?? "");
    const isOurs = at2(one, "metadata", "labels", "app.kubernetes.io/managed-by") === "keyroll";
    if (name3 !== null && isOurs && clock2.now() - made > leftAfter) await remove(host, namespace, name3);
  }
};
var withCanary = async (host, namespace, work2) => {
  const name3 = `keyroll-canary-${Buffer29.from(host.random.bytes(8)).toString("hex")}`;
  const content = host.random.bytes(64);
  await removeLeft(host, namespace);
  try {
    await host.client.create(folder2(namespace), {
      apiVersion: "v1",
      kind: "Secret",
      type: "Opaque",
      metadata: { name: name3, namespace, labels: { "app.kubernetes.io/managed-by": "keyroll", [label]: "true" } },
      data: { canary: Buffer29.from(content).toString("base64") },
    });
  } catch (error) {
    if (error instanceof KeyrollError && ["provider_denied", "not_found"].includes(error.code))
      throw new CanaryRefused("provider_denied", error.message, { changed: false }, { cause: error });
    await remove(host, namespace, name3).catch(() => void 0);
    throw error;
  }
  try {
    return await work2({ name: name3, content });
  } finally {
    await remove(host, namespace, name3);
  }
};

// server/src/adapters/kubernetes/encryption/judge.ts
import { Buffer as Buffer30 } from "node:buffer";
var prefixBytes = 256;
var localKey = "Whoever has the API server's configuration has the key; a KMS v2 provider keeps it elsewhere.";
var forms = [
  [/^k8s:enc:kms:v2:([^:]+):/u, "KMS v2", null],
  [
    /^k8s:enc:kms:v1:([^:]+):/u,
    "KMS v1",
    "Kubernetes has KMS v1 switched off since 1.29: move the provider to KMS v2, and write the Secrets anew.",
  ],
  [/^k8s:enc:aesgcm:v1:([^:]+):/u, "aesgcm", `${localKey} With aesgcm that key must be changed every 200,000 writes.`],
  [/^k8s:enc:aescbc:v1:([^:]+):/u, "aescbc", `${localKey} Kubernetes calls aescbc weak: anything else is better.`],
  [/^k8s:enc:secretbox:v1:([^:]+):/u, "secretbox", localKey],
];
var isName = (name3) => /^[\w.@ /-]{1,200}$/u.test(name3);
var formOf2 = (raw) => {
  const start2 = Buffer30.from(raw.subarray(0, prefixBytes)).toString("latin1");
  for (const [prefix2, how, advice] of forms) {
    const name3 = prefix2.exec(start2)?.[1];
    if (name3 !== void 0 && isName(name3)) return { kind: "encrypted", how: `${how} (${name3})`, advice };
  }
  return start2.startsWith("k8s\0") || start2.startsWith("{") ? { kind: "plain" } : { kind: "other" };
};
var formOfKnown = (raw, content) => {
  const bytes = Buffer30.from(raw);
  const isReadable = bytes.includes(content) || bytes.includes(Buffer30.from(content).toString("base64"));
  return isReadable ? { kind: "plain" } : formOf2(raw);
};

// server/src/adapters/kubernetes/encryption/verify.ts
var canaryBytes = 16384;
var keyOf = (namespace, name3) => `/registry/secrets/${namespace}/${name3}`;
var otherEtcd = () =>
  new KeyrollError("provider_denied", "etcd does not have the Secret that this cluster's API server just wrote.", {
    next: "KEYROLL_ETCD_ENDPOINTS is the etcd of one cluster: of another one than this connection's, or with another --etcd-prefix than /registry.",
    changed: false,
  });
var formAt = async ({ client }, etcd, { namespace, name: name3 }) => {
  const path4 = `/api/v1/namespaces/${namespace}/secrets/${name3}`;
  const shown = await client.find(path4, { metadataOnly: true }).catch((error) => {
    if (error instanceof KeyrollError && error.code === "provider_denied") return null;
    throw error;
  });
  const version4 = text(shown, "metadata", "resourceVersion");
  const found = version4 === null ? null : await etcd.read(keyOf(namespace, name3), prefixBytes);
  return found === null || found.revision !== version4 ? null : formOf2(found.bytes);
};
var rewrite = ({ namespace, name: name3 }) =>
  `kubectl get secret ${name3} -n ${namespace} -o json | kubectl replace -f -`;
var stillPlain = (place3) => ({
  state: "not-encrypted",
  label: "not encrypted: written before encryption was on",
  message: `New Secrets are encrypted, but ${place3.name} in ${place3.namespace} lies in etcd in plain text: it was written before.`,
  next: `Save a change and deploy it, or write the same content anew: ${rewrite(place3)}`,
});
var verified = (how, what, advice) => ({
  state: "verified",
  label: `verified, ${how}`,
  message: `Encrypted with ${how}: ${what} was read in etcd.`,
  next: advice,
});
var plain2 = (what) => ({
  state: "not-encrypted",
  label: "not encrypted",
  message: `etcd holds ${what} in plain text.`,
  next: "Give the API server an --encryption-provider-config whose first provider for secrets is a KMS v2 plugin (or secretbox), not identity; then write the Secrets anew.",
});
var unknownForm = (what) => ({
  state: "unknown",
  label: "not known",
  message: `etcd holds ${what} in a form that Keyroll does not know.`,
  next: "Look at the first bytes of the key in etcd, and at the API server's --encryption-provider-config.",
});
var judged = (form, what) =>
  form.kind === "encrypted"
    ? verified(form.how, what, form.advice)
    : form.kind === "plain"
      ? plain2(what)
      : unknownForm(what);
var byThemselves = (forms2, refusal4, namespace) => {
  const [first] = [...forms2].toSorted(
    ([, a], [, b]) => Number(a.kind === "encrypted") - Number(b.kind === "encrypted"),
  );
  const right = `To try it with a canary as well, give the identity create, list and delete on secrets in ${namespace}, or in a namespace of its own (--namespace).`;
  if (first === void 0)
    return {
      state: "unknown",
      label: "not known",
      message: `No Secret could be looked at in etcd: there is none of an environment yet, and a canary was refused (${refusal4.message})`,
      next: right,
    };
  const [place3, form] = first;
  const verdict = judged(form, `${place3.name} in ${place3.namespace}`);
  return verdict.state === "verified" && verdict.next === null ? { ...verdict, next: right } : verdict;
};
var verifyInEtcd = async (host, etcd, looked) => {
  let canary;
  try {
    canary = await withCanary(host, looked.namespace, async ({ name: name3, content }) => {
      const found = await etcd.read(keyOf(looked.namespace, name3), canaryBytes);
      if (found === null) throw otherEtcd();
      return formOfKnown(found.bytes, content);
    });
  } catch (error) {
    if (!(error instanceof CanaryRefused)) throw error;
    canary = error;
  }
  const forms2 = /* @__PURE__ */ new Map();
  for (const place3 of looked.secrets) {
    const form = await formAt(host, etcd, place3);
    if (form !== null) forms2.set(place3, form);
  }
  if (canary instanceof CanaryRefused) return { ...byThemselves(forms2, canary, looked.namespace), differing: [] };
  const verdict = judged(canary, `a canary Secret in ${looked.namespace}`);
  const old = [...forms2].filter(([, form]) => verdict.state === "verified" && form.kind === "plain");
  return { ...verdict, differing: old.map(([place3]) => ({ ...stillPlain(place3), place: place3 })) };
};

// server/src/adapters/kubernetes/encryption/encryption.ts
var notGranted = {
  state: "unknown",
  label: "not known",
  message: "Only etcd shows how this cluster keeps Secrets, and Keyroll may not look there.",
  next: "Start the server with KEYROLL_ETCD_ENDPOINTS, KEYROLL_ETCD_CA_FILE, KEYROLL_ETCD_CERT_FILE and KEYROLL_ETCD_KEY_FILE, and check again.",
};
var inEtcd = async (host, access2, looked) => {
  try {
    const etcd = await openEtcd(access2);
    try {
      return await verifyInEtcd(host, etcd, looked);
    } finally {
      await etcd.close();
    }
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { state: "unknown", label: "not known", message: error.message, next: error.next, differing: [] };
  }
};
var lookAtEncryption = async (host, credential2, looked) => {
  const isClosed = credential2.identity.kind === "eks";
  const seen = host.etcd === null || isClosed ? null : await inEtcd(host, host.etcd, looked);
  if (seen !== null && seen.state !== "unknown") return seen;
  const named3 = looked.cloudCluster === null ? null : readCloudCluster(looked.cloudCluster);
  const platform = isClosed
    ? "eks"
    : (named3?.platform ?? platformOf(await platformFacts(host.client, credential2.server)));
  if (platform !== "own") return { ...(await declaredBy(platform, credential2, named3, host)), differing: [] };
  return seen ?? { ...notGranted, differing: [] };
};

// server/src/adapters/kubernetes/helm-release.ts
import { Buffer as Buffer31 } from "node:buffer";
import { gunzipSync as gunzipSync2 } from "node:zlib";
import { stringify as stringify2 } from "yaml";
var mostUnpacked2 = 64 * 1024 * 1024;
var nameOf8 = (secret2) => ({
  name: text(secret2, "metadata", "labels", "name") ?? "",
  revision: Number(text(secret2, "metadata", "labels", "version") ?? 0),
  status: text(secret2, "metadata", "labels", "status") ?? "unknown",
});
var releasesIn = async (client, namespace, name3) => {
  const secrets3 = await client.list(`/api/v1/namespaces/${namespace}/secrets`, {
    query: { labelSelector: name3 === void 0 ? "owner=helm" : `owner=helm,name=${name3}` },
    metadataOnly: true,
  });
  const newest = /* @__PURE__ */ new Map();
  for (const one of secrets3.map(nameOf8))
    if ((newest.get(one.name)?.revision ?? 0) < one.revision) newest.set(one.name, one);
  return [...newest.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
};
var broken = (name3) =>
  new KeyrollError("integrity", `The release ${name3} cannot be read as Helm keeps it.`, {
    field: "release",
    next: "Push the chart itself (`keyroll release push`), and save its values.",
    changed: false,
  });
var unpack = (name3, secret2) => {
  const packed = Buffer31.from(text(secret2, "data", "release") ?? "", "base64").toString("latin1");
  try {
    return JSON.parse(
      gunzipSync2(Buffer31.from(packed, "base64"), { maxOutputLength: mostUnpacked2 }).toString("utf8"),
    );
  } catch {
    throw broken(name3);
  }
};
var filesOf = (chart) => {
  const files2 = /* @__PURE__ */ new Map();
  for (const file of [...list(chart, "templates"), ...list(chart, "files")]) {
    const path4 = text(file, "name");
    if (path4 !== null) files2.set(path4, new Uint8Array(Buffer31.from(text(file, "data") ?? "", "base64")));
  }
  const bytes = (content) => new TextEncoder().encode(content);
  files2.set("Chart.yaml", bytes(stringify2(at2(chart, "metadata"))));
  const values = at2(chart, "values");
  if (isJson(values) && Object.keys(values).length > 0) files2.set("values.yaml", bytes(stringify2(values)));
  const schema = text(chart, "schema");
  if (schema !== null && schema !== "")
    files2.set("values.schema.json", new Uint8Array(Buffer31.from(schema, "base64")));
  return files2;
};
var readRelease = async (client, namespace, name3) => {
  const [newest] = await releasesIn(client, namespace, name3);
  const path4 = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name3}.v${newest?.revision ?? 0}`;
  const secret2 = newest === void 0 ? null : await client.find(path4);
  if (newest === void 0 || secret2 === null) {
    const others2 = (await releasesIn(client, namespace)).map((one) => one.name);
    throw new KeyrollError("not_found", `There is no release ${name3} in the namespace ${namespace}.`, {
      field: "release",
      next:
        others2.length === 0
          ? "Helm keeps none there (in Secrets, as it does when nobody says otherwise)."
          : `Helm keeps there: ${others2.slice(0, 10).join(", ")}.`,
      changed: false,
    });
  }
  const chart = at2(unpack(name3, secret2), "chart");
  const config = at2(unpack(name3, secret2), "config");
  const [chartName, version4] = [text(chart, "metadata", "name"), text(chart, "metadata", "version")];
  if (!isJson(chart) || chartName === null || version4 === null) throw broken(name3);
  return {
    name: name3,
    revision: number2(newest, "revision") ?? 0,
    status: newest.status,
    chart: chartName,
    version: version4,
    dependencies: list(chart, "metadata", "dependencies").flatMap((one) => text(one, "name") ?? []),
    files: filesOf(chart),
    values: isJson(config) && Object.keys(config).length > 0 ? stringify2(config) : "",
  };
};

// server/src/adapters/kubernetes/found.ts
var kinds3 = [
  ["Deployment", "deployments"],
  ["StatefulSet", "statefulsets"],
  ["DaemonSet", "daemonsets"],
];
var keeperOf = (object) => {
  const owner = ownerOf(object)?.name ?? null;
  return owner === "a Helm release" ? null : owner;
};
var releaseOf = (object) => text(object, "metadata", "annotations", "meta.helm.sh/release-name");
var readSecret = async (client, namespace, name3) => {
  const nothing2 = { name: name3, keys: null, keeper: null, environment: null };
  try {
    const secret2 = await client.find(`/api/v1/namespaces/${namespace}/secrets/${name3}`);
    if (secret2 === null) return { ...nothing2, problem: "it does not exist" };
    const data = at2(secret2, "data");
    const environment2 = text(secret2, "metadata", "annotations", marks.environment);
    return {
      name: name3,
      keys: isJson(data) ? Object.keys(data).toSorted() : [],
      problem: null,
      keeper: environment2 === null ? ownerOf(secret2) : null,
      environment: environment2,
    };
  } catch (error) {
    if (error instanceof KeyrollError && error.code === "provider_denied")
      return { ...nothing2, problem: "the connection may not read it" };
    throw error;
  }
};
var lookAround = async ({ client, helmClient }, namespace, secretNamesOf) => {
  const [releases2, lists] = await Promise.all([
    // Beside somebody else's pipeline nobody needs to see what Helm keeps.
    releasesIn(helmClient, namespace).catch((error) => {
      if (error instanceof KeyrollError && error.code === "provider_denied") return [];
      throw error;
    }),
    Promise.all(
      kinds3.map(async ([kind2, plural]) =>
        (await client.list(`/apis/apps/v1/namespaces/${namespace}/${plural}`)).map((object) => ({
          kind: kind2,
          name: text(object, "metadata", "name") ?? "",
          release: releaseOf(object),
          keeper: keeperOf(object),
          secrets: secretNamesOf(at2(object, "spec", "template", "spec")),
        })),
      ),
    ),
  ]);
  const workloads = lists.flat();
  const names2 = [...new Set(workloads.flatMap(({ secrets: secrets3 }) => secrets3))].toSorted();
  return {
    releases: releases2,
    workloads,
    secrets: await Promise.all(names2.map(async (name3) => await readSecret(client, namespace, name3))),
  };
};

// server/src/adapters/kubernetes/kubeconfig.ts
import { Buffer as Buffer32 } from "node:buffer";
import { parseDocument as parseDocument3 } from "yaml";
var most6 = 256 * 1024;
var refused2 = /* @__PURE__ */ new Map([
  [
    "exec",
    [
      "would start a program on the server",
      "Make a token: kubectl create token SERVICEACCOUNT --duration 8760h, and put it as `token`. An EKS cluster can be given by its name instead: --eks NAME.",
    ],
  ],
  [
    "auth-provider",
    [
      "would start a program on the server",
      "Make a token: kubectl create token SERVICEACCOUNT --duration 8760h, and put it as `token`.",
    ],
  ],
  ["tokenFile", ["names a file of the server", "Put the token itself: kubectl config view --raw --flatten --minify."]],
  [
    "client-certificate",
    ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."],
  ],
  ["client-key", ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."]],
  [
    "certificate-authority",
    ["names a file of the server", "Put the data itself: kubectl config view --raw --flatten --minify."],
  ],
  ["proxy-url", ["would send the credentials through another host", "Let the server reach the cluster directly."]],
  [
    "insecure-skip-tls-verify",
    ["switches off the check of the cluster's certificate", "Put the cluster's CA as `certificate-authority-data`."],
  ],
  ["as", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-uid", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-groups", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["as-user-extra", ["acts as somebody else", "Use the credentials of the identity itself."]],
  ["username", ["is basic authentication, which Kubernetes removed", "Use a token or a client certificate."]],
  ["password", ["is basic authentication, which Kubernetes removed", "Use a token or a client certificate."]],
]);
var invalid2 = (message, next, field2 = "kubeconfig") =>
  new KeyrollError("invalid", message, { field: field2, next, changed: false });
var named = (config, collection, name3, inner) => {
  const found = list(config, collection).find((item) => text(item, "name") === name3);
  const body = isJson(found) ? found[inner] : void 0;
  if (isJson(body)) return body;
  throw invalid2(
    `The kubeconfig has no ${inner} \`${(name3 ?? "").slice(0, 100)}\` in \`${collection}\`.`,
    "Take a whole one: kubectl config view --raw --flatten --minify.",
  );
};
var refuse8 = (body, where) => {
  for (const [field2, [why, next]] of refused2) {
    const value2 = body[field2];
    if (value2 === void 0 || value2 === null || value2 === false || value2 === "") continue;
    throw invalid2(
      `kubeconfig: \`${where}.${field2}\` ${why}; it is not taken.`,
      next,
      `kubeconfig.${where}.${field2}`,
    );
  }
};
var pem = (body, field2, where) => {
  const raw = body[field2];
  if (raw === void 0 || raw === null || raw === "") return null;
  const decoded =
    typeof raw === "string" && /^[A-Za-z0-9+/=\s]+$/u.test(raw) ? Buffer32.from(raw, "base64").toString("latin1") : "";
  if (/-----BEGIN [A-Z ]+-----/u.test(decoded)) return decoded;
  throw invalid2(
    `kubeconfig: \`${where}.${field2}\` is not base64 of a PEM text.`,
    "Take it from kubectl config view --raw --flatten --minify.",
    `kubeconfig.${where}.${field2}`,
  );
};
var parse3 = (source) => {
  if (source.length > most6)
    throw new KeyrollError("limit_exceeded", `The kubeconfig has ${source.length} characters; ${most6} are taken.`, {
      field: "kubeconfig",
      limit: most6,
      actual: source.length,
    });
  const document = parseDocument3(source, { uniqueKeys: true, customTags: [], stringKeys: true });
  let value2 = null;
  try {
    value2 = document.errors.length > 0 || document.warnings.length > 0 ? null : document.toJS({ maxAliasCount: 0 });
  } catch {
    value2 = null;
  }
  if (isJson(value2)) return value2;
  throw invalid2(
    "The kubeconfig is not plain YAML (no anchors, no tags).",
    "Take it from kubectl config view --raw --flatten --minify.",
  );
};
var known2 = {
  cluster: /* @__PURE__ */ new Set(["server", "certificate-authority-data", "tls-server-name"]),
  user: /* @__PURE__ */ new Set(["token", "client-certificate-data", "client-key-data"]),
};
var parseKubeconfig = (source, context2) => {
  const config = parse3(source);
  const chosen = context2 ?? text(config, "current-context");
  const contextBody = named(config, "contexts", chosen, "context");
  refuse8(contextBody, "context");
  const cluster4 = named(config, "clusters", text(contextBody, "cluster"), "cluster");
  const user = named(config, "users", text(contextBody, "user"), "user");
  refuse8(cluster4, "cluster");
  refuse8(user, "user");
  const server = text(cluster4, "server") ?? "";
  if (!URL.canParse(server) || new URL(server).protocol !== "https:" || new URL(server).username !== "") {
    throw invalid2(
      "kubeconfig: `cluster.server` must be an https:// address without credentials in it.",
      "Correct the address.",
      "kubeconfig.cluster.server",
    );
  }
  const cert = pem(user, "client-certificate-data", "user");
  const key2 = pem(user, "client-key-data", "user");
  const token3 = text(user, "token");
  const ignored = [
    ...Object.keys(cluster4)
      .filter((field2) => !known2.cluster.has(field2))
      .map((field2) => `cluster.${field2}`),
    ...Object.keys(user)
      .filter((field2) => !known2.user.has(field2))
      .map((field2) => `user.${field2}`),
  ];
  const rest2 = {
    server,
    ca: pem(cluster4, "certificate-authority-data", "cluster"),
    tlsServerName: text(cluster4, "tls-server-name"),
  };
  if (token3 !== null && token3 !== "") {
    if (!/^[\x21-\x7e]+$/u.test(token3))
      throw invalid2(
        "kubeconfig: `user.token` holds characters that no token has.",
        "Copy it again.",
        "kubeconfig.user.token",
      );
    return { credential: { ...rest2, identity: { kind: "token", token: token3 } }, ignored };
  }
  if (cert !== null && key2 !== null)
    return { credential: { ...rest2, identity: { kind: "certificate", cert, key: key2 } }, ignored };
  throw invalid2(
    "kubeconfig: the user has neither `token` nor `client-certificate-data` with `client-key-data`.",
    "Take a whole one: kubectl config view --raw --flatten --minify.",
    "kubeconfig.user",
  );
};

// server/src/adapters/kubernetes/clusters.ts
var rights2 = [
  ["get", "", "secrets", "read app-secrets"],
  ["create", "", "secrets", "make app-secrets"],
  ["patch", "", "secrets", "make app-secrets"],
  ["update", "", "secrets", "write app-secrets"],
  ["list", "", "pods", "see which pods run which revision"],
  ["watch", "", "pods", "follow rollouts"],
  ["list", "apps", "deployments", "follow rollouts"],
  ["watch", "apps", "deployments", "follow rollouts"],
  ["list", "apps", "statefulsets", "follow rollouts"],
  ["watch", "apps", "statefulsets", "follow rollouts"],
  ["list", "apps", "daemonsets", "follow rollouts"],
  ["watch", "apps", "daemonsets", "follow rollouts"],
  ["list", "apps", "replicasets", "tell pod templates apart"],
  ["watch", "apps", "replicasets", "tell pod templates apart"],
  ["list", "apps", "controllerrevisions", "tell pod templates apart"],
  ["watch", "apps", "controllerrevisions", "tell pod templates apart"],
  ["list", "batch", "jobs", "see which pods run which revision"],
  ["list", "batch", "cronjobs", "see which pods run which revision"],
];
var reviewed = async (client, namespace, verb, group, resource) => {
  const answer3 = await client.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    // A role may name the one Secret, and should.
    spec: {
      resourceAttributes: {
        namespace,
        verb,
        group,
        resource,
        ...(resource === "secrets" ? { name: "app-secrets" } : {}),
      },
    },
  });
  return at2(answer3, "status", "allowed") === true;
};
var using = async (host, credential2, work2) => {
  const egress = credential2.identity.kind === "in-cluster" ? null : host.egress;
  const client = await createKubeClient(await accessOf(credential2, host), { ...host, egress });
  try {
    return await work2(client);
  } finally {
    await client.close();
  }
};
var createClusters = (host) => ({
  parse: parseKubeconfig,
  inCluster: () => {
    if (host.inCluster === null) {
      throw new KeyrollError("invalid", "Keyroll does not run in a cluster: there is no in-cluster identity.", {
        field: "cluster",
        next: "Give a kubeconfig.",
        changed: false,
      });
    }
    const name3 = host.inCluster.host.includes(":") ? `[${host.inCluster.host}]` : host.inCluster.host;
    return {
      server: `https://${name3}:${host.inCluster.port}`,
      ca: null,
      identity: { kind: "in-cluster" },
      tlsServerName: null,
    };
  },
  eks: async (given) => {
    const cluster4 = readEks(given);
    const { server, ca } = await describeEks(cluster4, host);
    const { name: name3, region: region2, role } = cluster4;
    const identity2 = {
      name: name3,
      region: region2,
      roleArn: role?.arn ?? null,
      externalId: role?.externalId ?? null,
    };
    return { server, ca, identity: { kind: "eks", ...identity2 }, tlsServerName: null };
  },
  cloudCluster: (given) => readCloudCluster(given).name,
  policies: eksPolicies,
  identify: async (credential2) =>
    await using(host, credential2, async (client) => {
      try {
        const uid = text(await client.get("/api/v1/namespaces/kube-system"), "metadata", "uid");
        if (uid !== null) return `cluster:${uid}`;
      } catch (error) {
        if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
        await client.get("/version");
      }
      return `server:${credential2.server}`;
    }),
  check: async (credentials3, namespace) =>
    await using(host, credentials3.keyroll, async (client) => {
      const findings = [];
      const add2 = (id4, what, ok, message, next) => {
        findings.push({ id: id4, what, ok, required: true, message, next });
      };
      const { identity: identity2 } = credentials3.keyroll;
      if (identity2.kind === "eks") findings.push(await asWhom(identity2));
      try {
        const version4 = await client.get("/version");
        add2("reach", "reach the cluster", true, `Kubernetes ${text(version4, "gitVersion") ?? "?"} answers.`, null);
      } catch (error) {
        add2(
          "reach",
          "reach the cluster",
          false,
          error instanceof Error ? error.message : "It does not answer.",
          "Check the address, the network and the credentials.",
        );
        return findings;
      }
      const where = namespace ?? "default";
      for (const [verb, group, resource, why] of rights2) {
        const ok = await reviewed(client, where, verb, group, resource);
        const right = `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
        add2(
          `right:${verb}:${resource}`,
          why,
          ok,
          `${right} in ${where}: ${ok ? "allowed" : "refused"}`,
          ok ? null : `Give the identity the right ${right} (README, "Rights in the cluster", has the whole role).`,
        );
      }
      if (credentials3.helm === null) {
        findings.push({
          id: "one-identity",
          what: "keep Helm's rights apart",
          ok: false,
          required: false,
          message: "Helm uses the same identity: it needs every right that charts need, Secrets included.",
          next: "Give Helm its own identity: --helm-kubeconfig.",
        });
      }
      return findings;
    }),
  encryption: async (credential2, looked) =>
    await using(host, credential2, async (client) => await lookAtEncryption({ ...host, client }, credential2, looked)),
  found: async (credentials3, namespace) =>
    await using(
      host,
      credentials3.keyroll,
      async (client) =>
        await using(
          host,
          credentials3.helm ?? credentials3.keyroll,
          async (helmClient) => await lookAround({ client, helmClient }, namespace, host.secretNamesOf),
        ),
    ),
  installed: async (credentials3, namespace, release2) =>
    await using(
      host,
      credentials3.helm ?? credentials3.keyroll,
      async (client) => await readRelease(client, namespace, release2),
    ),
});

// server/src/adapters/kubernetes/glance.ts
import { createHash as createHash5 } from "node:crypto";
var manyNamespaces = 10;
var pageSize = 1500;
var atOnce = 8;
var refusedFor = 36e5;
var secrets = { name: "secrets", plural: "secrets", labelSelector: `${managedBy}=keyroll` };
var pods = { name: "pods", plural: "pods", labelSelector: null };
var releases = { name: "releases", plural: "secrets", labelSelector: "owner=helm,status!=superseded" };
var versionOf2 = (object) => text(object, "metadata", "resourceVersion") ?? "";
var listed = async ({ client, signal: signal2 }, path4, query2, each) => {
  let from = "";
  const sending = { query: { ...query2, limit: String(pageSize) }, metadataOnly: true, each, signal: signal2 };
  for await (const { resourceVersion } of client.pages(path4, sending)) from = resourceVersion;
  return { client, path: path4, query: query2, from };
};
var across = async (glancing, { name: name3, plural, labelSelector }, each) => {
  const { clock: clock2, refusals: refusals6, lists, signal: signal2 } = glancing;
  if ((refusals6.get(name3) ?? -refusedFor) + refusedFor > clock2.now()) return false;
  const client = name3 === "releases" ? glancing.helmClient : glancing.client;
  try {
    const query2 = labelSelector === null ? {} : { labelSelector };
    lists.push(await listed({ client, signal: signal2 }, `/api/v1/${plural}`, query2, each));
    refusals6.delete(name3);
    return true;
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
    refusals6.set(name3, clock2.now());
    return false;
  }
};
var inTurns = async (items, work2) => {
  const rest2 = items.values();
  const one = async () => {
    for (const item of rest2) await work2(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
};
var troubleOf = (error) => {
  if (error instanceof KeyrollError && !["provider_unreachable", "provider_throttled"].includes(error.code))
    return error;
  throw error;
};
var secretMarks = async (glancing, places, isWide) => {
  const marks2 = /* @__PURE__ */ new Map();
  const all = (object) => {
    marks2.set(
      `${text(object, "metadata", "namespace") ?? ""}/${text(object, "metadata", "name") ?? ""}`,
      versionOf2(object),
    );
  };
  if (isWide && (await across(glancing, secrets, all))) return marks2;
  await inTurns(places, async ({ namespace, secretName: secretName2 }) => {
    const at3 = `${namespace}/${secretName2}`;
    try {
      const path4 = `/api/v1/namespaces/${namespace}/secrets/${secretName2}`;
      const object = await glancing.client.find(path4, { metadataOnly: true, signal: glancing.signal });
      if (object !== null) marks2.set(at3, versionOf2(object));
    } catch (error) {
      marks2.set(at3, troubleOf(error));
    }
  });
  return marks2;
};
var releaseMarks = async (glancing, places, isWide) => {
  const marks2 = new Map(places.flatMap((place3) => (place3.releaseName === null ? [] : [[releaseOf2(place3), ""]])));
  if (marks2.size === 0) return marks2;
  const add2 = (object) => {
    const at3 = `${text(object, "metadata", "namespace") ?? ""}/${text(object, "metadata", "labels", "name") ?? ""}`;
    const before = marks2.get(at3);
    if (before !== void 0) marks2.set(at3, `${before}.${versionOf2(object)}`);
  };
  if (isWide && (await across(glancing, releases, add2))) return marks2;
  const { helmClient: client, signal: signal2 } = glancing;
  await inTurns(places, async (place3) => {
    if (place3.releaseName === null) return;
    marks2.set(releaseOf2(place3), "");
    const labelSelector = `${releases.labelSelector ?? ""},name=${place3.releaseName}`;
    try {
      await listed(
        { client, signal: signal2 },
        `/api/v1/namespaces/${place3.namespace}/secrets`,
        { labelSelector },
        add2,
      );
    } catch (error) {
      troubleOf(error);
    }
  });
  return marks2;
};
var releaseOf2 = ({ namespace, releaseName }) => `${namespace}/${releaseName ?? ""}`;
var podMarks = async (glancing, namespaces, isWide) => {
  const hashes = new Map(namespaces.map((namespace) => [namespace, createHash5("sha256")]));
  const add2 = (object) => {
    hashes.get(text(object, "metadata", "namespace") ?? "")?.update(`${versionOf2(object)}
`);
  };
  const troubles = /* @__PURE__ */ new Map();
  if (!(isWide && (await across(glancing, pods, add2)))) {
    for (const namespace of namespaces) hashes.set(namespace, createHash5("sha256"));
    await inTurns(namespaces, async (namespace) => {
      try {
        glancing.lists.push(await listed(glancing, `/api/v1/namespaces/${namespace}/pods`, {}, add2));
      } catch (error) {
        troubles.set(namespace, troubleOf(error));
      }
    });
  }
  return new Map(
    [...hashes].map(([namespace, hash2]) => [
      namespace,
      troubles.get(namespace) ?? hash2.digest("base64url").slice(0, 22),
    ]),
  );
};
var once = async (host, places, signal2) => {
  const glancing = { ...host, signal: signal2, lists: [] };
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))];
  const isWide = namespaces.length > manyNamespaces;
  const secret2 = await secretMarks(glancing, places, isWide);
  const release2 = await releaseMarks(glancing, places, isWide);
  const pod = await podMarks(glancing, namespaces, isWide);
  const glanceOf = (place3) => {
    const { namespace, secretName: secretName2 } = place3;
    const [its, others2] = [secret2.get(`${namespace}/${secretName2}`) ?? "-", pod.get(namespace) ?? "-"];
    if (typeof its !== "string") return { trouble: its };
    if (typeof others2 !== "string") return { trouble: others2 };
    return { deployed: `${its}${release2.get(releaseOf2(place3)) ?? ""}`, pods: others2 };
  };
  return { of: new Map(places.map((place3) => [place3.environmentId, glanceOf(place3)])), lists: glancing.lists };
};
var glance = async (host, places, signal2) => {
  try {
    return await once(host, places, signal2);
  } catch (error) {
    if (error instanceof KubeGone) return await once(host, places, signal2);
    throw error;
  }
};

// server/src/adapters/kubernetes/moves.ts
var most7 = 12;
var bunch = 500;
var moves = async function* ({ clock: clock2 }, places, lists, signal2) {
  const byNamespace = Map.groupBy(places, ({ namespace }) => namespace);
  const moved = /* @__PURE__ */ new Set();
  const lost = new AbortController();
  let ring = () => void 0;
  const listen = async ({ client, path: path4, query: query2, from }) => {
    try {
      for await (const { type, object } of client.watch(path4, from, signal2, { query: query2, metadataOnly: true })) {
        if (type === "BOOKMARK") continue;
        for (const { environmentId } of byNamespace.get(text(object, "metadata", "namespace") ?? "") ?? [])
          moved.add(environmentId);
        if (moved.size > 0) ring();
      }
      lost.abort();
    } catch (error) {
      if (!(error instanceof KeyrollError && error.code === "provider_denied")) lost.abort();
    }
    ring();
  };
  const heard = new Promise((resolve) => {
    signal2.addEventListener("abort", () => resolve(), { once: true });
  });
  const listening = lists.length > most7 ? [] : lists.map(listen);
  while (!signal2.aborted && !lost.signal.aborted) {
    if (moved.size === 0) {
      const rung = new Promise((resolve) => {
        ring = resolve;
      });
      await Promise.race([heard, rung]);
    }
    await clock2.sleep(bunch, signal2).catch(() => void 0);
    const ids = [...moved];
    moved.clear();
    if (ids.length > 0 && !signal2.aborted) yield ids;
  }
  if (signal2.aborted) await Promise.all(listening);
};

// server/src/adapters/kubernetes/kinds/kind.ts
var restartMark = "keyroll.dev/restart";
var jsonAt = (value2, ...path4) => {
  const found = at2(value2, ...path4);
  return isJson(found) ? found : null;
};
var ownTemplate = (object) => jsonAt(object, "spec", "template");
var markOf = (template3) => text(template3, "metadata", "annotations", restartMark);
var markTemplate = (mark2) => ({
  spec: { template: { metadata: { annotations: { [restartMark]: mark2 } } } },
});
var isSeen = (object) =>
  Number(at2(object, "status", "observedGeneration") ?? 0) >= (number2(object, "metadata", "generation") ?? 0);
var uidOf = (object) => text(object, "metadata", "uid") ?? "";
var nameOf9 = (object) => text(object, "metadata", "name") ?? "";
var controllerOf = (object) =>
  list(object, "metadata", "ownerReferences").find((owner) => at2(owner, "controller") === true);
var ownedBy = (object, uid) => list(object, "metadata", "ownerReferences").some((owner) => text(owner, "uid") === uid);
var newestOf = (objects, uid, by) => objects.filter((one) => ownedBy(one, uid)).toSorted((a, b) => by(b) - by(a))[0];
var revisionLabel = (pod) =>
  text(pod, "metadata", "labels", "pod-template-hash") ?? text(pod, "metadata", "labels", "controller-revision-hash");
var partitionOf2 = (value2) => {
  if (typeof value2 !== "number" && typeof value2 !== "string") return null;
  return Number.parseFloat(String(value2)) > 0 ? `partition ${value2}` : null;
};

// server/src/adapters/kubernetes/kinds/argo.ts
var referenced = (rollout2, objects) => {
  const name3 = text(rollout2, "spec", "workloadRef", "name");
  if (name3 === null || text(rollout2, "spec", "workloadRef", "kind") !== "Deployment") return null;
  return objects.get("deployments")?.find((one) => nameOf9(one) === name3) ?? null;
};
var template = (object, objects) => {
  const other = referenced(object, objects);
  return other === null ? ownTemplate(object) : ownTemplate(other);
};
var generation = (hash2, object, made) => {
  const restartAt = time2(object, "spec", "restartAt");
  return hash2 === null || restartAt === null || made === null || made < restartAt ? hash2 : `${hash2}@${restartAt}`;
};
var held = (object) => {
  if (at2(object, "spec", "paused") === true) return "paused";
  const [pause5] = list(object, "status", "pauseConditions");
  if (pause5 === void 0) return null;
  const steps = list(object, "spec", "strategy", "canary", "steps").length;
  const step = number2(object, "status", "currentStepIndex");
  return steps > 0 && step !== null
    ? `canary step ${step + 1} of ${steps}`
    : `paused (${text(pause5, "reason") ?? "by its controller"})`;
};
var isTemplateSeen = (object, objects) => {
  const other = referenced(object, objects);
  return (
    other === null ||
    Number(at2(object, "status", "workloadObservedGeneration") ?? 0) >= (number2(other, "metadata", "generation") ?? 0)
  );
};
var rollout = {
  kind: "Rollout",
  group: "argoproj.io",
  version: "v1alpha1",
  plural: "rollouts",
  template,
  held,
  hash: (object) => generation(text(object, "status", "currentPodHash"), object, time2(object, "spec", "restartAt")),
  podHash: (pod, object) =>
    generation(
      text(pod, "metadata", "labels", "rollouts-pod-template-hash"),
      object,
      time2(pod, "metadata", "creationTimestamp"),
    ),
  progress: (object, objects) => {
    const status = at2(object, "status");
    const wanted = number2(object, "spec", "replicas") ?? 1;
    const total2 = number2(status, "replicas") ?? 0;
    const updated = number2(status, "updatedReplicas") ?? 0;
    const ready = number2(status, "availableReplicas") ?? 0;
    const seen = isSeen(object) && isTemplateSeen(object, objects);
    const restartAt = text(object, "spec", "restartAt");
    const isStable = text(status, "stableRS") === text(status, "currentPodHash");
    const isLate = list(status, "conditions").some(
      (one) => text(one, "type") === "Progressing" && text(one, "reason") === "ProgressDeadlineExceeded",
    );
    const failed2 =
      at2(status, "abort") === true
        ? "it was aborted and went back to its stable template"
        : isLate
          ? "its progress deadline is over"
          : null;
    return {
      wanted,
      updated,
      ready,
      settled:
        seen &&
        isStable &&
        updated >= wanted &&
        total2 <= updated &&
        ready >= wanted &&
        (restartAt === null || text(status, "restartedAt") === restartAt),
      failed: seen ? failed2 : null,
    };
  },
  // Its own restart: pods made before that time are replaced, no canary begins. Our mark says what it was for.
  restart: (mark2, after) => ({
    metadata: { annotations: { [restartMark]: mark2 } },
    spec: { restartAt: new Date(after).toISOString().replace(/\.\d+Z$/u, "Z") },
  }),
  mark: (object, objects) =>
    text(jsonAt(object, "metadata", "annotations"), restartMark) ?? markOf(template(object, objects)),
};

// server/src/adapters/kubernetes/kinds/apps.ts
var common = {
  group: "apps",
  version: "v1",
  template: ownTemplate,
  podHash: revisionLabel,
  restart: markTemplate,
  mark: (object) => markOf(ownTemplate(object)),
};
var deployment = {
  ...common,
  kind: "Deployment",
  plural: "deployments",
  held: (object) => (at2(object, "spec", "paused") === true ? "paused" : null),
  hash: (object, objects) =>
    text(
      newestOf(objects.get("replicasets") ?? [], uidOf(object), (set) =>
        Number(text(set, "metadata", "annotations", "deployment.kubernetes.io/revision") ?? 0),
      ),
      "metadata",
      "labels",
      "pod-template-hash",
    ),
  progress: (object) => {
    const status = at2(object, "status");
    const wanted = number2(object, "spec", "replicas") ?? 1;
    const total2 = number2(status, "replicas") ?? 0;
    const ready = number2(status, "availableReplicas") ?? 0;
    const updated = number2(status, "updatedReplicas") ?? 0;
    const isLate = list(status, "conditions").some(
      (one) => text(one, "type") === "Progressing" && text(one, "reason") === "ProgressDeadlineExceeded",
    );
    return {
      wanted,
      updated,
      ready,
      settled: isSeen(object) && updated >= wanted && total2 <= updated && ready >= wanted,
      failed: isSeen(object) && isLate ? "its progress deadline is over" : null,
    };
  },
};
var statefulSet = {
  ...common,
  kind: "StatefulSet",
  plural: "statefulsets",
  held: (object) =>
    text(object, "spec", "updateStrategy", "type") === "OnDelete"
      ? "OnDelete"
      : partitionOf2(at2(object, "spec", "updateStrategy", "rollingUpdate", "partition")),
  hash: (object) => text(object, "status", "updateRevision"),
  progress: (object) => {
    const status = at2(object, "status");
    const wanted = number2(object, "spec", "replicas") ?? 1;
    const ready = number2(status, "readyReplicas") ?? 0;
    const updated = number2(status, "updatedReplicas") ?? 0;
    const done = text(status, "currentRevision") === text(status, "updateRevision") || wanted === 0;
    return {
      wanted,
      updated,
      ready,
      settled: isSeen(object) && done && updated >= wanted && ready >= wanted,
      failed: null,
    };
  },
};
var daemonSet = {
  ...common,
  kind: "DaemonSet",
  plural: "daemonsets",
  held: (object) => (text(object, "spec", "updateStrategy", "type") === "OnDelete" ? "OnDelete" : null),
  hash: (object, objects) =>
    text(
      newestOf(
        objects.get("controllerrevisions") ?? [],
        uidOf(object),
        (revision2) => number2(revision2, "revision") ?? 0,
      ),
      "metadata",
      "labels",
      "controller-revision-hash",
    ),
  progress: (object) => {
    const status = at2(object, "status");
    const wanted = number2(status, "desiredNumberScheduled") ?? 0;
    const updated = number2(status, "updatedNumberScheduled") ?? 0;
    const ready = number2(status, "numberAvailable") ?? 0;
    return { wanted, updated, ready, settled: isSeen(object) && updated >= wanted && ready >= wanted, failed: null };
  },
};

// server/src/adapters/kubernetes/kinds/cron-job.ts
var template2 = (object) => jsonAt(object, "spec", "jobTemplate", "spec", "template");
var cronJob = {
  kind: "CronJob",
  group: "batch",
  version: "v1",
  plural: "cronjobs",
  template: template2,
  held: (object) => (at2(object, "spec", "suspend") === true ? "suspended" : null),
  hash: () => null,
  podHash: () => null,
  progress: () => ({ wanted: 0, updated: 0, ready: 0, settled: true, failed: null }),
  restart: () => null,
  mark: (object, objects) => markOf(template2(object, objects)),
};

// server/src/adapters/kubernetes/kinds/knative.ts
var labels = { service: "serving.knative.dev/service", revision: "serving.knative.dev/revision" };
var serviceOf = (pod) => text(pod, "metadata", "labels", labels.service);
var heldTraffic = (object) => {
  const newest = text(object, "status", "latestCreatedRevisionName");
  const older = list(object, "spec", "traffic").flatMap((part) => {
    const name3 = text(part, "revisionName");
    const percent = number2(part, "percent") ?? 0;
    return name3 === null || name3 === newest || percent === 0 ? [] : [`${percent} % to ${name3}`];
  });
  return older.length === 0 ? null : `traffic: ${older.join(", ")}`;
};
var service = {
  kind: "Service",
  group: "serving.knative.dev",
  version: "v1",
  plural: "services",
  template: ownTemplate,
  held: heldTraffic,
  hash: (object) => text(object, "status", "latestCreatedRevisionName"),
  podHash: (pod) => text(pod, "metadata", "labels", labels.revision),
  progress: (object) => {
    const status = at2(object, "status");
    const created = text(status, "latestCreatedRevisionName");
    const isReady = isSeen(object) && created !== null && created === text(status, "latestReadyRevisionName");
    const refused3 = list(status, "conditions").find(
      (one) => text(one, "type") === "Ready" && text(one, "status") === "False",
    );
    const why = text(refused3, "reason");
    return {
      wanted: 1,
      updated: isSeen(object) ? 1 : 0,
      ready: isReady ? 1 : 0,
      settled: isReady && refused3 === void 0,
      failed: isSeen(object) && refused3 !== void 0 ? `it is not ready${why === null ? "" : ` (${why})`}` : null,
    };
  },
  restart: markTemplate,
  mark: (object) => markOf(ownTemplate(object)),
};

// server/src/adapters/kubernetes/kinds/kruise.ts
var isChangedInPlace = (pod) => text(pod, "metadata", "annotations", "apps.kruise.io/inplace-update-state") !== null;
var label2 = (pod) => (isChangedInPlace(pod) ? null : text(pod, "metadata", "labels", "controller-revision-hash"));
var short = (revision2) => revision2?.slice(revision2.lastIndexOf("-") + 1) ?? null;
var inPlaceOnly = "InPlaceOnly: its pods are never replaced";
var cloneSet = {
  kind: "CloneSet",
  group: "apps.kruise.io",
  version: "v1alpha1",
  plural: "clonesets",
  template: ownTemplate,
  held: (object) => {
    const strategy = at2(object, "spec", "updateStrategy");
    if (at2(strategy, "paused") === true) return "paused";
    if (text(strategy, "type") === "InPlaceOnly") return inPlaceOnly;
    return partitionOf2(at2(strategy, "partition"));
  },
  hash: (object) => short(text(object, "status", "updateRevision")),
  podHash: (pod) => short(label2(pod)),
  progress: (object) => {
    const status = at2(object, "status");
    const wanted = number2(object, "spec", "replicas") ?? 1;
    const total2 = number2(status, "replicas") ?? 0;
    const updated = number2(status, "updatedReplicas") ?? 0;
    const ready = number2(status, "availableReplicas") ?? number2(status, "readyReplicas") ?? 0;
    const settled = isSeen(object) && updated >= wanted && total2 <= updated && ready >= wanted;
    return { wanted, updated, ready, settled, failed: null };
  },
  restart: markTemplate,
  mark: (object) => markOf(ownTemplate(object)),
};
var kruise2 = { group: "apps.kruise.io", podHash: label2 };
var advancedStatefulSet = {
  ...statefulSet,
  ...kruise2,
  version: "v1beta1",
  held: (object) => {
    const rolling = at2(object, "spec", "updateStrategy", "rollingUpdate");
    if (at2(rolling, "paused") === true) return "paused";
    if (text(rolling, "podUpdatePolicy") === "InPlaceOnly") return inPlaceOnly;
    return statefulSet.held(object);
  },
};
var advancedDaemonSet = {
  ...daemonSet,
  ...kruise2,
  version: "v1alpha1",
  held: (object) => {
    const rolling = at2(object, "spec", "updateStrategy", "rollingUpdate");
    if (at2(rolling, "paused") === true) return "paused";
    return daemonSet.held(object) ?? partitionOf2(at2(rolling, "partition"));
  },
  hash: (object, objects) => daemonSet.hash(object, objects) ?? text(object, "status", "daemonSetHash"),
};

// server/src/adapters/kubernetes/kinds/kinds.ts
var ownKinds = [deployment, statefulSet, daemonSet, cronJob];
var addedKinds = [rollout, service, cloneSet, advancedStatefulSet, advancedDaemonSet];
var listOf2 = ({ plural, group }) => (group.includes(".") ? `${plural}.${group}` : plural);
var pathOf5 = ({ group, version: version4, plural }, namespace) =>
  `/apis/${group}/${version4}/namespaces/${namespace}/${plural}`;

// server/src/adapters/kubernetes/objects.ts
var forgotten = 6e4;
var missing2 = /* @__PURE__ */ new WeakMap();
var own = (namespace) =>
  new Map([
    ["pods", `/api/v1/namespaces/${namespace}/pods`],
    ["replicasets", `/apis/apps/v1/namespaces/${namespace}/replicasets`],
    ["controllerrevisions", `/apis/apps/v1/namespaces/${namespace}/controllerrevisions`],
    ["jobs", `/apis/batch/v1/namespaces/${namespace}/jobs`],
    ...ownKinds.map((kind2) => [listOf2(kind2), pathOf5(kind2, namespace)]),
  ]);
var readAdded = async (path4, { client, clock: clock2, signal: signal2 }) => {
  const known4 = missing2.get(client) ?? /* @__PURE__ */ new Map();
  missing2.set(client, known4);
  if (clock2.now() - (known4.get(path4) ?? -forgotten) < forgotten) return null;
  try {
    const found = await client.list(path4, { signal: signal2 });
    known4.delete(path4);
    return found;
  } catch (error) {
    if (!(error instanceof KeyrollError && ["not_found", "provider_denied"].includes(error.code))) throw error;
    known4.set(path4, clock2.now());
    return null;
  }
};
var readAllAdded = async (namespace, reading) => {
  const lists = await Promise.all(
    addedKinds.map(async (kind2) => [listOf2(kind2), await readAdded(pathOf5(kind2, namespace), reading)]),
  );
  return lists.flatMap(([name3, objects]) => (objects === null ? [] : [[name3, objects]]));
};
var readObjects = async (namespace, reading) => {
  const { client, signal: signal2 } = reading;
  const [lists, added] = await Promise.all([
    Promise.all(
      [...own(namespace)].map(async ([name3, path4]) => [name3, await client.list(path4, { signal: signal2 })]),
    ),
    readAllAdded(namespace, reading),
  ]);
  return new Map([...lists, ...added]);
};
var followedLists = async (namespace, reading) => {
  const present = new Set((await readAllAdded(namespace, reading)).map(([name3]) => name3));
  const added = addedKinds.filter((kind2) => present.has(listOf2(kind2)));
  const jobs = /* @__PURE__ */ new Set(["jobs", "cronjobs"]);
  return {
    paths: new Map([
      ...[...own(namespace)].filter(([name3]) => !jobs.has(name3)),
      ...added.map((kind2) => [listOf2(kind2), pathOf5(kind2, namespace)]),
    ]),
    optional: new Set(added.map(listOf2)),
  };
};

// server/src/adapters/kubernetes/pods.ts
var statusesOf = (pod) =>
  new Map(
    ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
      .flatMap((field2) => list(pod, "status", field2))
      .map((status) => [text(status, "name") ?? "", status]),
  );
var containerOf = (status, use) => {
  const waiting = at2(status, "state", "waiting");
  const ended = at2(status, "state", "terminated");
  const previous = at2(status, "lastState", "terminated");
  return {
    name: use.container,
    role: use.containerKind,
    uses: use.uses,
    how: use.how,
    startedAt: time2(status, "state", "running", "startedAt") ?? time2(ended, "startedAt"),
    previousFinishedAt: time2(previous, "finishedAt"),
    restarts: number2(status, "restartCount") ?? 0,
    waiting: isJson(waiting)
      ? { reason: text(waiting, "reason") ?? "Waiting", message: text(waiting, "message") ?? "" }
      : null,
    finished: isJson(ended)
      ? {
          exitCode: number2(ended, "exitCode") ?? 0,
          at: time2(ended, "finishedAt"),
          reason: text(ended, "reason") ?? "",
        }
      : null,
  };
};
var podOwners = (objects) => {
  const parents = new Map(
    ["replicasets", "jobs", "deployments"].flatMap((name3) =>
      (objects.get(name3) ?? []).map((object) => [uidOf(object), object]),
    ),
  );
  const known4 = new Map(
    [...ownKinds, ...addedKinds].flatMap((kind2) =>
      (objects.get(listOf2(kind2)) ?? []).map((object) => [uidOf(object), { kind: kind2, object }]),
    ),
  );
  const services = new Map((objects.get(listOf2(service)) ?? []).map((object) => [nameOf9(object), object]));
  const ownerOf2 = (pod) => {
    const served = services.get(serviceOf(pod) ?? "");
    if (served !== void 0) return { kind: service.kind, name: nameOf9(served), uid: uidOf(served) };
    const owner = controllerOf(pod);
    const above = controllerOf(parents.get(text(owner, "uid") ?? ""));
    const found = above ?? owner;
    return found === void 0
      ? null
      : { kind: text(found, "kind") ?? "", name: text(found, "name") ?? "", uid: text(found, "uid") ?? "" };
  };
  return (pod) => {
    const workload = ownerOf2(pod);
    const found = known4.get(workload?.uid ?? "");
    return {
      workload,
      templateHash: found === void 0 ? revisionLabel(pod) : found.kind.podHash(pod, found.object),
    };
  };
};
var scheduledAt = (pod) => {
  const condition = list(pod, "status", "conditions").find((one) => text(one, "type") === "PodScheduled");
  return text(condition, "status") === "True" ? time2(condition, "lastTransitionTime") : null;
};
var podsOf2 = (objects, usesOf2) => {
  const ownerOf2 = podOwners(objects);
  return (objects.get("pods") ?? []).map((pod) => {
    const statuses = statusesOf(pod);
    return {
      uid: uidOf(pod),
      name: nameOf9(pod),
      node: text(pod, "spec", "nodeName"),
      createdAt: time2(pod, "metadata", "creationTimestamp") ?? 0,
      scheduledAt: scheduledAt(pod),
      kubeletStartTime: time2(pod, "status", "startTime"),
      deleting: text(pod, "metadata", "deletionTimestamp") !== null,
      phase: text(pod, "status", "phase") ?? "Unknown",
      ...ownerOf2(pod),
      restartMark: text(pod, "metadata", "annotations", restartMark),
      containers: usesOf2(at2(pod, "spec")).map((use) => containerOf(statuses.get(use.container), use)),
    };
  });
};

// server/src/adapters/helm/conflicts.ts
import { parseAllDocuments as parseAllDocuments2 } from "yaml";
var manager2 = "helm";
var objectsOf = (manifest) =>
  parseAllDocuments2(manifest).flatMap((document) => {
    if (!("contents" in document) || document.errors.length > 0) return [];
    const object = document.toJS();
    return isJson(object) ? [object] : [];
  });
var isApplied = (object) =>
  list(object, "metadata", "managedFields").some(
    (entry3) => text(entry3, "manager") === manager2 && text(entry3, "operation") === "Apply",
  );
var conflictsOf = (object, error) =>
  error.causes.map(({ message, field: field2 }) => ({
    kind: text(object, "kind") ?? "",
    name: text(object, "metadata", "name") ?? "",
    manager: /conflict with "([^"]+)"/u.exec(message)?.[1] ?? "another manager",
    field: field2,
  }));
var fieldConflicts = async (client, namespace, rendered2, signal2) => {
  const found = [];
  for (const object of objectsOf(rendered2.manifest)) {
    const kind2 = [...ownKinds, ...addedKinds].find(
      (one) => text(object, "kind") === one.kind && text(object, "apiVersion") === `${one.group}/${one.version}`,
    );
    const name3 = text(object, "metadata", "name");
    if (kind2 === void 0 || name3 === null) continue;
    const path4 = `${pathOf5(kind2, text(object, "metadata", "namespace") ?? namespace)}/${name3}`;
    try {
      const live = await client.find(path4, { signal: signal2 });
      if (live === null || !isApplied(live)) continue;
      await client.patch(path4, object, "apply", { signal: signal2, query: { fieldManager: manager2, dryRun: "All" } });
    } catch (error) {
      if (error instanceof KubeConflict) found.push(...conflictsOf(object, error));
      else if (!(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    }
  }
  return found;
};

// server/src/adapters/kubernetes/secret-drift.ts
import { Buffer as Buffer33 } from "node:buffer";
var field = "f:";
var writersOf = (secret2) =>
  list(secret2, "metadata", "managedFields").flatMap((entry3) => {
    const data = at2(entry3, "fieldsV1", "f:data");
    if (!isJson(data)) return [];
    const keys2 = Object.keys(data).flatMap((name3) => (name3.startsWith(field) ? [name3.slice(field.length)] : []));
    return [{ manager: text(entry3, "manager") ?? "unknown", at: time2(entry3, "time"), keys: keys2 }];
  });
var glanceAt = async (client, address, environmentId) => {
  const secret2 = await client.find(pathOf4(address), { metadataOnly: true });
  if (secret2 === null) return { exists: false, ours: false, free: true, resourceVersion: null, writers: [] };
  const { ours, owner, environment: environment2, resourceVersion } = mirrorOf(secret2, environmentId);
  const free = owner === null && (environment2 === null || environment2 === environmentId);
  return { exists: true, ours, free, resourceVersion, writers: writersOf(secret2) };
};
var prefix = "v1.";
var digestOf2 = async (digest, revision2, pairs) => {
  const sorted2 = [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts2 = sorted2.flatMap(([key2, value2]) => [Buffer33.from(key2), value2.expose()]);
  const made = await digest([Buffer33.from(String(revision2)), ...parts2]);
  return made === null ? null : `${prefix}${made}`;
};
var compareSecret = async (client, address, digest, expected) => {
  const secret2 = await client.find(pathOf4(address));
  if (secret2 === null) return null;
  const resourceVersion = text(secret2, "metadata", "resourceVersion") ?? "";
  const found = at2(secret2, "data");
  const data = new Map(
    Object.entries(isJson(found) ? found : {}).map(([key2, value2]) => [
      key2,
      Buffer33.from(typeof value2 === "string" ? value2 : "", "base64"),
    ]),
  );
  const tolerated = new Set(expected.tolerated);
  const added = [...data.keys()].filter((key2) => !expected.keys.includes(key2) && !tolerated.has(key2));
  const removed = expected.keys.filter((key2) => !data.has(key2) && !tolerated.has(key2));
  if (added.length === 0 && removed.length === 0) {
    const mark2 = text(secret2, "metadata", "annotations", marks.digest);
    const pairs = new Map([...data].map(([key2, bytes]) => [key2, { expose: () => bytes }]));
    if (mark2 !== null && mark2 === (await digestOf2(digest, expected.revision, pairs)))
      return { resourceVersion, changed: [], added, removed };
  }
  const values = await expected.values();
  const changed = [...values].flatMap(([key2, value2]) => {
    const bytes = data.get(key2);
    return bytes === void 0 || tolerated.has(key2) || bytes.equals(value2.expose()) ? [] : [key2];
  });
  return { resourceVersion, changed: changed.toSorted(), added: added.toSorted(), removed: removed.toSorted() };
};

// server/src/adapters/kubernetes/named-secret.ts
import { Buffer as Buffer34, isUtf8 as isUtf84 } from "node:buffer";
var notPairs = /^(helm\.sh\/|bootstrap\.kubernetes\.io\/|kubernetes\.io\/service-account-token$)/u;
var secretOf = (base64) => {
  const bytes = Buffer34.from(typeof base64 === "string" ? base64 : "", "base64");
  return new Secret(new Uint8Array(bytes), !isUtf84(bytes) || bytes.includes(0));
};
var readNamed = async (client, address, environmentId) => {
  const secret2 = await client.find(`/api/v1/namespaces/${address.namespace}/secrets/${address.name}`);
  const name3 = `${address.namespace}/${address.name}`;
  const field2 = "from.secret";
  if (secret2 === null)
    throw new KeyrollError("not_found", `There is no Secret ${name3}.`, {
      field: field2,
      next: `\`kubectl get secrets -n ${address.namespace}\` lists them.`,
      changed: false,
    });
  const type = text(secret2, "type") ?? "Opaque";
  if (notPairs.test(type))
    throw new KeyrollError("invalid", `The Secret ${name3} is of type ${type}: it holds no pairs of an app.`, {
      field: field2,
      changed: false,
    });
  const other = text(secret2, "metadata", "annotations", marks.environment);
  if (other !== null && other !== environmentId)
    throw new KeyrollError("invalid", `The Secret ${name3} belongs to another Keyroll environment.`, {
      field: field2,
      next: "Copy its keys from that environment: they are saved there.",
      changed: false,
    });
  const data = at2(secret2, "data");
  return new Map(Object.entries(isJson(data) ? data : {}).map(([key2, value2]) => [key2, secretOf(value2)]));
};

// server/src/adapters/kubernetes/evict.ts
var evict = async (client, namespace, pods2, signal2) => {
  const gone2 = [];
  for (const name3 of pods2) {
    try {
      await client.create(
        `/api/v1/namespaces/${namespace}/pods/${name3}/eviction`,
        { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: name3, namespace } },
        { signal: signal2 },
      );
      gone2.push(name3);
    } catch (error) {
      const budget = error instanceof KeyrollError && error.code === "provider_throttled";
      const away = error instanceof KeyrollError && error.code === "not_found";
      if (!budget && !away) throw error;
    }
  }
  return gone2;
};

// server/src/adapters/kubernetes/restart.ts
var markTemplates = async (client, workloads, { namespace, marks: marks2, after }) => {
  let changed = 0;
  for (const { kind: kind2, name: name3, mark: mark2 } of marks2) {
    for (const workload of workloads.filter((one) => one.kind === kind2 && one.name === name3)) {
      const patch = workload.source.restart(mark2, after);
      if (patch === null || workload.held !== null || workload.restartMark === mark2) continue;
      await client.patch(`${pathOf5(workload.source, namespace)}/${name3}`, patch, "merge", {
        query: { fieldManager: "keyroll" },
      });
      changed++;
    }
  }
  return changed;
};

// server/src/adapters/kubernetes/follow.ts
var pause = { ended: 100, lost: 1e3 };
var bunch2 = 20;
var passes = (error) =>
  error instanceof KeyrollError && ["provider_unreachable", "provider_throttled"].includes(error.code);
var keepUp = async (path4, one, changed, { client, clock: clock2, signal: signal2, isOptional }) => {
  let from = null;
  const read3 = async () => {
    const { items, resourceVersion } = await client.snapshot(path4, { signal: signal2 });
    one.objects = new Map(items.map((object) => [text(object, "metadata", "uid") ?? "", object]));
    one.isLost = false;
    changed();
    return resourceVersion;
  };
  const apply2 = ({ type, object }) => {
    if (type === "BOOKMARK") return;
    const uid = text(object, "metadata", "uid") ?? "";
    if (type === "DELETED") one.objects?.delete(uid);
    else one.objects?.set(uid, object);
    changed();
  };
  while (!signal2.aborted) {
    try {
      from ??= await read3();
      for await (const event of client.watch(path4, from, signal2)) {
        apply2(event);
        from = text(event.object, "metadata", "resourceVersion") ?? from;
      }
      await clock2.sleep(pause.ended, signal2);
    } catch (error) {
      if (signal2.aborted) return;
      from = null;
      const isGone = error instanceof KubeGone;
      if (!isGone) {
        if (passes(error)) one.isLost = true;
        else if (isOptional) one.objects = /* @__PURE__ */ new Map();
        else one.refused = error;
        changed();
      }
      if (one.refused !== null || (isOptional && !isGone && !passes(error))) return;
      await clock2.sleep(isGone ? pause.ended : pause.lost, signal2);
    }
  }
};
var follow = (paths, host) => {
  const end = new AbortController();
  const signal2 = AbortSignal.any([host.signal, end.signal]);
  let isChanged = false;
  let ring = () => void 0;
  const changed = () => {
    isChanged = true;
    ring();
  };
  const followed = [...paths].map(([name3, path4]) => {
    const one = { objects: null, isLost: false, refused: null };
    const isOptional = host.optional?.has(name3) === true;
    keepUp(path4, one, changed, { ...host, signal: signal2, isOptional }).catch(() => void 0);
    return { name: name3, one };
  });
  return {
    lists: () => {
      const refused3 = followed.find(({ one }) => one.refused !== null);
      if (refused3 !== void 0) throw refused3.one.refused;
      if (followed.some(({ one }) => one.isLost)) return "lost";
      if (followed.some(({ one }) => one.objects === null)) return "pending";
      return new Map(followed.map(({ name: name3, one }) => [name3, [...(one.objects?.values() ?? [])]]));
    },
    change: async (ms) => {
      if (!isChanged) {
        const timer = new AbortController();
        const rung = new Promise((resolve) => {
          ring = resolve;
        });
        const over = host.clock.sleep(ms, AbortSignal.any([signal2, timer.signal])).catch(() => void 0);
        await Promise.race([rung, over]);
        timer.abort();
      }
      await host.clock.sleep(bunch2, signal2);
      isChanged = false;
    },
    [Symbol.dispose]: () => end.abort(),
  };
};

// server/src/ports/workload-kinds.ts
var rolledKinds = /* @__PURE__ */ new Set(["Deployment", "StatefulSet", "DaemonSet", "Rollout", "CloneSet", "Service"]);
var isNamed = ({ kind: kind2, name: name3, templateIn }, named3) =>
  (kind2 === named3.kind && name3 === named3.name) ||
  (templateIn?.kind === named3.kind && templateIn.name === named3.name);
var outsideRelease = "outside the release";

// server/src/adapters/kubernetes/workloads.ts
var joined = (uses2) =>
  uses2.some((one) => one.uses === "all")
    ? "all"
    : [...new Set(uses2.flatMap((one) => (one.uses === "all" ? [] : one.uses)))].toSorted();
var isHidden = (object, objects) => {
  const owner = controllerOf(object);
  if (text(owner, "kind") === "Revision" && objects.has("services.serving.knative.dev")) return true;
  const runs = number2(object, "spec", "replicas") !== 0 || (number2(object, "status", "replicas") ?? 0) > 0;
  return !runs && (objects.get("rollouts.argoproj.io") ?? []).some((one) => referenced(one, objects) === object);
};
var templateManager = (object) => {
  const others2 = list(object, "metadata", "managedFields").filter((entry3) => {
    const manager3 = text(entry3, "manager") ?? "keyroll";
    return (
      isJson(at2(entry3, "fieldsV1", "f:spec", "f:template")) &&
      !["keyroll", "kube-controller-manager"].includes(manager3)
    );
  });
  const [last] = others2.toSorted((a, b) => (time2(b, "time") ?? 0) - (time2(a, "time") ?? 0));
  return text(last, "manager");
};
var workloadOf = (kind2, object, objects, release2, usesOf2) => {
  const inRelease =
    release2 !== null && text(object, "metadata", "annotations", "meta.helm.sh/release-name") === release2;
  const holder = kind2.kind === "Rollout" ? referenced(object, objects) : null;
  return {
    kind: kind2.kind,
    name: nameOf9(object),
    templateIn: holder === null ? null : { kind: "Deployment", name: nameOf9(holder) },
    uid: uidOf(object),
    object,
    source: kind2,
    rolls: kind2.kind !== "CronJob",
    templateHash: kind2.hash(object, objects),
    restartMark: kind2.mark(object, objects),
    templateManager: templateManager(object),
    held: kind2.held(object) ?? (release2 !== null && !inRelease ? outsideRelease : null),
    inRelease,
    uses: joined(usesOf2(at2(kind2.template(object, objects), "spec"))),
    ...kind2.progress(object, objects),
  };
};
var workloadsOf = (objects, release2, usesOf2) =>
  [...ownKinds, ...addedKinds].flatMap((kind2) =>
    (objects.get(listOf2(kind2)) ?? [])
      .filter((object) => kind2.kind !== "Deployment" || !isHidden(object, objects))
      .map((object) => workloadOf(kind2, object, objects, release2, usesOf2)),
  );

// server/src/adapters/kubernetes/rollout.ts
var longest2 = 1e3;
var crashRestarts = 3;
var slow = /* @__PURE__ */ new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "ErrImageNeverPull",
  "RunContainerError",
  "CreateContainerError",
]);
var words = (message) =>
  /[A-Za-z_][A-Za-z0-9_.-]*=/u.test(message) ? "" : message.replaceAll(/\s+/gu, " ").slice(0, 300);
var troubleOf2 = (pod, workload) =>
  ["initContainerStatuses", "containerStatuses"]
    .flatMap((field2) => list(pod, "status", field2))
    .flatMap((status) => {
      const waiting = at2(status, "state", "waiting");
      const reason3 = text(waiting, "reason");
      if (!isJson(waiting) || reason3 === null || reason3 === "ContainerCreating" || reason3 === "PodInitializing")
        return [];
      const ended = at2(status, "lastState", "terminated");
      const exit = isJson(ended)
        ? ` The last run ended with exit code ${number2(ended, "exitCode") ?? "?"} (${text(ended, "reason") ?? "?"}).`
        : "";
      return [
        {
          workload: `${workload.kind}/${workload.name}`,
          instance: text(pod, "metadata", "name") ?? "",
          container: text(status, "name"),
          reason: reason3,
          message: `${words(text(waiting, "message") ?? "")}${exit}`.trim(),
          restarts: number2(status, "restartCount") ?? 0,
        },
      ];
    });
var newPods = (objects, workloads) => {
  const ownerOf2 = podOwners(objects);
  const newest = new Map(workloads.map(({ uid, templateHash }) => [uid, templateHash]));
  const found = Map.groupBy(objects.get("pods") ?? [], (pod) => {
    const { workload, templateHash } = ownerOf2(pod);
    const isNew = templateHash !== null && newest.get(workload?.uid ?? "") === templateHash;
    return isNew && text(pod, "metadata", "deletionTimestamp") === null ? (workload?.uid ?? "") : "";
  });
  found.delete("");
  return found;
};
var takenAway = (workload, mark2) => {
  if (mark2 === void 0 || workload.held !== null || workload.restartMark === mark2) return null;
  const who = workload.templateManager === null ? "somebody" : `\`${workload.templateManager}\``;
  return `${workload.kind}/${workload.name}: ${who} has taken the annotation keyroll.dev/restart out of it again, and with it the restart. Let whoever applies this workload leave that annotation alone, or restart it there and deploy with --no-restart.`;
};
var watchRollout = async function* (client, options) {
  const { clock: clock2, signal: signal2 } = options;
  const said2 = /* @__PURE__ */ new Map();
  const since = /* @__PURE__ */ new Map();
  const fresh3 = (key2, value2) => {
    if (said2.get(key2) === value2) return false;
    said2.set(key2, value2);
    return true;
  };
  const { paths, optional } = await followedLists(options.namespace, { client, clock: clock2, signal: signal2 });
  using following = follow(paths, { client, clock: clock2, signal: signal2, optional });
  for (;;) {
    await following.change(longest2);
    signal2.throwIfAborted();
    const lists = following.lists();
    if (lists === "pending") continue;
    if (lists === "lost") {
      if (fresh3("reach", "lost"))
        yield { type: "log", message: "The cluster cannot be reached at the moment; waiting." };
      if (clock2.now() >= options.deadline) {
        yield { type: "failed", reason: "The cluster could not be reached until the time was over." };
        return;
      }
      continue;
    }
    const workloads = workloadsOf(lists, options.release, options.usesOf).filter(options.counts);
    const pods2 = newPods(lists, workloads);
    if (said2.has("reach") && fresh3("reach", "back")) yield { type: "log", message: "The cluster answers." };
    let open2 = 0;
    for (const workload of workloads) {
      if (!workload.rolls) continue;
      const name3 = `${workload.kind}/${workload.name}`;
      const taken = takenAway(workload, options.marked.get(name3));
      if (taken !== null) {
        yield { type: "failed", reason: taken };
        return;
      }
      if (workload.held !== null) {
        if (fresh3(`held ${name3}`, workload.held))
          yield {
            type: "held",
            workload: name3,
            message: `${name3} is held back on purpose (${workload.held}); it is not touched.`,
          };
        continue;
      }
      const { updated, ready, wanted } = workload;
      if (fresh3(name3, `${updated}/${ready}/${wanted}`))
        yield { type: "progress", workload: name3, updated, ready, wanted };
      if (!workload.settled) open2++;
      for (const trouble2 of workload.settled
        ? []
        : (pods2.get(workload.uid) ?? []).flatMap((pod) => troubleOf2(pod, workload))) {
        const { restarts: restarts2, ...event } = trouble2;
        const key2 = `${trouble2.instance}/${trouble2.container ?? ""}`;
        const first = since.get(key2) ?? clock2.now();
        since.set(key2, first);
        if (fresh3(`trouble ${key2}`, trouble2.reason)) yield { type: "trouble", ...event };
        if (hopeless(trouble2, clock2.now() - first, restarts2, options)) {
          {
            yield {
              type: "failed",
              reason:
                `${trouble2.workload}: ${trouble2.instance}/${trouble2.container ?? ""} is ${trouble2.reason}. ${trouble2.message}`.trim(),
            };
            return;
          }
        }
      }
      if (workload.failed !== null && !workload.settled) {
        yield { type: "failed", reason: `${name3}: ${workload.failed} (${ready} of ${wanted} ready).` };
        return;
      }
    }
    if (open2 === 0) {
      yield { type: "done" };
      return;
    }
    if (clock2.now() >= options.deadline) {
      yield { type: "failed", reason: `Not rolled out in time: ${behind(workloads)}.` };
      return;
    }
  }
};
var behind = (workloads) =>
  workloads
    .filter(({ settled, held: held3 }) => !settled && held3 === null)
    .map(
      ({ kind: kind2, name: name3, updated, ready, wanted }) =>
        `${kind2}/${name3} has ${updated} of ${wanted} updated, ${ready} ready`,
    )
    .join("; ");
var hopeless = (trouble2, ms, restarts2, options) => {
  if (options.failFast && trouble2.reason === "InvalidImageName") return true;
  if (
    options.failFast &&
    trouble2.reason === "CreateContainerConfigError" &&
    (trouble2.message.includes("key") || trouble2.message.includes(options.secretName))
  )
    return true;
  if (!slow.has(trouble2.reason) || ms < options.crashGraceSeconds * 1e3) return false;
  return trouble2.reason === "CrashLoopBackOff" ? restarts2 >= crashRestarts : true;
};

// server/src/adapters/targets/cluster.ts
var uses = ({ uses: keys2 }) => keys2 === "all" || keys2.length > 0;
var clusterTarget = (scope2, host) => {
  const { client, helm, clock: clock2 } = host;
  const namespace = scope2.namespace ?? "";
  const address = { namespace, name: scope2.secretName ?? "" };
  const usesOf2 = host.usesOf(address.name);
  const releaseName = scope2.type === "helm" ? scope2.releaseName : null;
  const release2 = {
    access: host.helmAccess,
    client: host.helmClient,
    namespace,
    name: releaseName ?? "",
    createNamespace: scope2.settings.createNamespace,
  };
  const digest = async (parts2) => await host.digest(parts2, `app-secrets:${scope2.environmentId}`);
  const chartOf2 = (goal2) => {
    if (goal2.chart === null)
      throw new KeyrollError("invalid", "A Helm deployment needs a release.", {
        next: "Push one: keyroll release push DIR",
      });
    return goal2.chart;
  };
  const rollout2 = (run, counts, marked = /* @__PURE__ */ new Map()) =>
    watchRollout(client, {
      namespace,
      release: releaseName,
      counts,
      marked,
      usesOf: usesOf2,
      secretName: address.name,
      crashGraceSeconds: scope2.settings.crashGraceSeconds,
      failFast: scope2.settings.failFast,
      deadline: run.deadline,
      clock: clock2,
      signal: run.signal,
    });
  const rollHelm = async function* (goal2, run) {
    if (run.resumed) for (const message of await helm.recover(release2)) yield { type: "log", message };
    const before = run.resumed ? await helm.newest(release2) : null;
    if (before?.status === "deployed" && before.description === `keyroll ${run.id}`) {
      yield { type: "log", message: "Helm had done its part already." };
      yield { type: "helm", revision: before.revision };
    } else {
      const inject = goal2.restart.how === "inject" ? goal2.restart.marks : [];
      const seconds2 = Math.max(10, Math.ceil((run.deadline - clock2.now()) / 1e3));
      const revision2 = await helm.upgrade(release2, chartOf2(goal2), inject, {
        id: run.id,
        signal: run.signal,
        timeoutSeconds: seconds2,
        forceConflicts: goal2.forceConflicts,
        guard: run.guard,
      });
      yield { type: "helm", revision: revision2 };
    }
    yield* rollout2(run, (workload) => workload.inRelease);
  };
  const rollPatch = async function* (goal2, run) {
    await run.guard();
    const marks2 = goal2.restart.how === "patch" ? goal2.restart.marks : [];
    const objects = await readObjects(namespace, { client, clock: clock2, signal: run.signal });
    const { writtenAt: writtenAt2 } = await readMirror(client, address, scope2.environmentId);
    const changed = await markTemplates(client, workloadsOf(objects, releaseName, usesOf2), {
      namespace,
      marks: marks2,
      // The write's own second is over then.
      after: (writtenAt2 ?? clock2.now()) + 1e3,
    });
    yield {
      type: "log",
      message: `${changed} of ${marks2.length} workloads that use the Secret are restarted: their keys changed.`,
    };
    const marked = run.aim === "goal" ? marks2 : [];
    yield* rollout2(
      run,
      uses,
      new Map(marked.map(({ kind: kind2, name: name3, mark: mark2 }) => [`${kind2}/${name3}`, mark2])),
    );
  };
  return {
    render: async (goal2, signal2) =>
      scope2.type === "helm" ? await helm.render(release2, chartOf2(goal2), signal2) : null,
    conflicts: async (rendered2, signal2) =>
      scope2.type === "helm" ? await fieldConflicts(host.helmClient, namespace, rendered2, signal2) : [],
    mirror: async () => await readMirror(client, address, scope2.environmentId),
    values: async (keys2) => await readValues(client, address, scope2.environmentId, keys2),
    secretNamed: async (name3) => await readNamed(client, { namespace, name: name3 }, scope2.environmentId),
    glance: async () => await glanceAt(client, address, scope2.environmentId),
    compare: async (expected) => await compareSecret(client, address, digest, expected),
    release: async (known4) => (scope2.type === "helm" ? await lookAtRelease(helm, release2, known4) : null),
    write: async (write2) => {
      await makeNamespace(client, namespace, scope2.settings.createNamespace);
      const mark2 = write2.foreign === true ? null : await digestOf2(digest, write2.revision, write2.pairs);
      return await writeMirror(client, address, { ...write2, digest: mark2, environmentId: scope2.environmentId });
    },
    roll: (goal2, run) => (scope2.type === "helm" ? rollHelm(goal2, run) : rollPatch(goal2, run)),
    observe: async (signal2) => {
      const objects = await readObjects(namespace, { client, clock: clock2, signal: signal2 });
      return {
        workloads: workloadsOf(objects, releaseName, usesOf2).map(factsOf5),
        pods: podsOf2(objects, usesOf2),
        at: clock2.now(),
      };
    },
    recover: async () => (scope2.type === "helm" ? await helm.recover(release2) : []),
    evict: async (pods2, signal2) => await evict(client, namespace, pods2, signal2),
    uninstall: async (signal2) => {
      if (scope2.type === "helm") await helm.uninstall(release2, signal2);
      const mirror = await readMirror(client, address, scope2.environmentId);
      if (mirror.ours) await client.remove(`/api/v1/namespaces/${namespace}/secrets/${address.name}`);
    },
  };
};
var factsOf5 = (workload) => {
  const {
    kind: kind2,
    name: name3,
    uid,
    rolls: rolls2,
    templateHash,
    restartMark: restartMark2,
    templateManager: templateManager2,
    wanted,
    updated,
    ready,
  } = workload;
  const { held: held3, inRelease, uses: keys2, templateIn } = workload;
  const template3 = { templateHash, restartMark: restartMark2, templateIn, templateManager: templateManager2 };
  return {
    kind: kind2,
    name: name3,
    uid,
    rolls: rolls2,
    ...template3,
    wanted,
    updated,
    ready,
    held: held3,
    inRelease,
    uses: keys2,
  };
};
var makeNamespace = async (client, namespace, wanted) => {
  if (!wanted || (await client.find(`/api/v1/namespaces/${namespace}`)) !== null) return;
  await client.create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
};

// server/src/adapters/targets/process.ts
var processTarget = (now) => ({
  render: async () => null,
  conflicts: async () => [],
  mirror: async () => null,
  values: async () => null,
  secretNamed: async () => null,
  glance: async () => null,
  compare: async () => null,
  release: async () => null,
  write: async () => {
    throw new TypeError("a process target has no mirror");
  },
  roll: async function* () {
    yield { type: "done" };
  },
  observe: async () => ({ workloads: [], pods: [], at: now() }),
  recover: async () => [],
  evict: async () => [],
  uninstall: async () => void 0,
});

// server/src/adapters/targets/index.ts
var createTargets = async (host) => {
  const helm = createHelm({
    binary: host.helm ?? "helm",
    workDir: host.workDir,
    path: host.path,
    now: () => host.clock.now(),
    clock: host.clock,
  });
  const clients2 = /* @__PURE__ */ new Map();
  const refusals6 = /* @__PURE__ */ new WeakMap();
  const clientOf2 = async (credential2) => {
    const key2 = JSON.stringify(credential2);
    const known4 = clients2.get(key2);
    if (known4 !== void 0) return await known4;
    const egress = credential2.identity.kind === "in-cluster" ? null : host.egress;
    const made = accessOf(credential2, host).then(
      async (access2) => await createKubeClient(access2, { ...host, egress }),
    );
    clients2.set(key2, made);
    made.catch(() => clients2.delete(key2));
    return await made;
  };
  return {
    targets: {
      open: async (scope2, credentials3) => {
        if (scope2.type === "process") return processTarget(() => host.clock.now());
        if (credentials3 === null)
          throw new KeyrollError("invalid", `An environment of type ${scope2.type} needs a connection with a cluster.`);
        return clusterTarget(scope2, {
          clock: host.clock,
          client: await clientOf2(credentials3.keyroll),
          helm,
          helmAccess: await accessOf(credentials3.helm ?? credentials3.keyroll, host),
          helmClient: await clientOf2(credentials3.helm ?? credentials3.keyroll),
          usesOf: host.usesOf,
          digest: async (parts2, context2) => (host.keys.open ? await host.keys.digest(parts2, context2) : null),
        });
      },
    },
    charts: createCharts({ helm, workDir: host.workDir, egress: host.egress, ecr: createEcr(host) }),
    clusters: createClusters(host),
    fleet: {
      glance: async ({ keyroll, helm: forHelm }, places, signal2) => {
        const client = await clientOf2(keyroll);
        const known4 = refusals6.get(client) ?? /* @__PURE__ */ new Map();
        refusals6.set(client, known4);
        const helmClient = await clientOf2(forHelm ?? keyroll);
        const glancing = { client, helmClient, clock: host.clock, refusals: known4 };
        const { of, lists } = await glance(glancing, places, signal2);
        return { of, moves: (until) => moves(glancing, places, lists, until) };
      },
      look: async ({ keyroll }, { environmentId, namespace, secretName: secretName2 }, signal2) => {
        const client = await clientOf2(keyroll);
        const [mirror, objects] = await Promise.all([
          readMarks(client, { namespace, name: secretName2 }, environmentId, signal2),
          readObjects(namespace, { client, clock: host.clock, signal: signal2 }),
        ]);
        return { mirror, pods: podsOf2(objects, host.usesOf(secretName2)) };
      },
    },
    close: async () => {
      await Promise.all([...clients2.values()].map(async (client) => await (await client).close()));
    },
  };
};

// server/src/config.ts
import { isIP as isIP3 } from "node:net";
import { join as join4 } from "node:path";
var names = [
  "KEYROLL_LISTEN",
  "KEYROLL_PUBLIC_URL",
  "KEYROLL_DATA_DIR",
  "KEYROLL_DATABASE_URL",
  "KEYROLL_MASTER_KEY_FILE",
  "KEYROLL_BOOTSTRAP_TOKEN",
  "KEYROLL_LOG_LEVEL",
  "KEYROLL_HELM",
  "KEYROLL_EGRESS_ALLOW",
  "KEYROLL_ETCD_ENDPOINTS",
  "KEYROLL_ETCD_CA_FILE",
  "KEYROLL_ETCD_CERT_FILE",
  "KEYROLL_ETCD_KEY_FILE",
];
var providerVariables = [
  "VAULT_ADDR",
  "VAULT_TOKEN",
  "VAULT_ROLE_ID",
  "VAULT_SECRET_ID",
  "KEYROLL_VAULT_KUBERNETES_TOKEN_FILE",
  "KEYROLL_VAULT_JWT_FILE",
  "AWS_ENDPOINT_URL_SECRETS_MANAGER",
  "AWS_ENDPOINT_URL_EKS",
  "AWS_ENDPOINT_URL_ECR",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GCE_METADATA_HOST",
  "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER",
  "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_FEDERATED_TOKEN_FILE",
  "AZURE_AUTHORITY_HOST",
  "AZURE_KEYVAULT_URL",
  "AZURE_RESOURCE_MANAGER_URL",
  "AZURE_POD_IDENTITY_AUTHORITY_HOST",
  "IDENTITY_ENDPOINT",
  "IDENTITY_HEADER",
];
var addresses = providerVariables.filter((name3) =>
  /^(AWS_ENDPOINT_URL_|CLOUDSDK_API_ENDPOINT_OVERRIDES_|AZURE_KEYVAULT_URL$|AZURE_RESOURCE_MANAGER_URL$)/u.test(name3),
);
var known3 = [...names, ...providerVariables.filter((name3) => name3.startsWith("KEYROLL_"))];
var others = /^KEYROLL_(URL|TOKEN|APP|ENV|REQUIRE|TEST_\w+|HELM3|TESTBED_\w+|CHROMIUM|EVIDENCE_FILE)$/u;
var isEgressEntry = (entry3) => {
  const [address = "", bits, ...rest2] = entry3.split("/");
  const family = isIP3(address);
  if (family === 0) return /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/u.test(entry3);
  return rest2.length === 0 && (bits === void 0 || (/^\d+$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
};
var readEtcd = (text4, mistakes) => {
  const endpoints = (text4("KEYROLL_ETCD_ENDPOINTS") ?? "").split(",").map((one) => one.trim());
  const [caFile, certFile, keyFile2] = ["CA", "CERT", "KEY"].map((one) => text4(`KEYROLL_ETCD_${one}_FILE`));
  const hasFiles = [caFile, certFile, keyFile2].some((file) => file !== null);
  if (endpoints.every((one) => one === "")) {
    if (hasFiles) mistakes.push("KEYROLL_ETCD_ENDPOINTS: give it too, such as https://10.0.0.4:2379");
    return null;
  }
  if (!endpoints.every((one) => URL.canParse(one) && /^https:\/\/[^/@?#]+\/?$/u.test(one)))
    mistakes.push("KEYROLL_ETCD_ENDPOINTS: https addresses with commas between, such as https://10.0.0.4:2379");
  if (typeof caFile !== "string" || typeof certFile !== "string" || typeof keyFile2 !== "string") {
    mistakes.push(
      "KEYROLL_ETCD_ENDPOINTS: needs KEYROLL_ETCD_CA_FILE, KEYROLL_ETCD_CERT_FILE and KEYROLL_ETCD_KEY_FILE",
    );
    return null;
  }
  return { endpoints, caFile, certFile, keyFile: keyFile2 };
};
var readConfig = (env) => {
  const mistakes = [];
  const text4 = (name3) => {
    const found = env[name3]?.trim();
    return found === void 0 || found === "" ? null : found;
  };
  for (const name3 of Object.keys(env)) {
    if (!name3.startsWith("KEYROLL_") || known3.includes(name3) || others.test(name3)) continue;
    const near = nearest(name3, known3);
    mistakes.push(`${name3} is not a setting${near === null ? "" : `; did you mean ${near}?`}`);
  }
  const listen = /^(\[[^\]]+\]|[^:]+):(\d{1,5})$/u.exec(text4("KEYROLL_LISTEN") ?? "127.0.0.1:7340");
  const port = Number(listen?.[2] ?? -1);
  if (listen === null || port > 65535) mistakes.push("KEYROLL_LISTEN: address:port, such as 127.0.0.1:7340");
  const publicUrl = text4("KEYROLL_PUBLIC_URL");
  if (publicUrl !== null && (!URL.canParse(publicUrl) || !/^https?:$/u.test(new URL(publicUrl).protocol))) {
    mistakes.push("KEYROLL_PUBLIC_URL: an http(s) address, such as https://keyroll.example.com");
  }
  const databaseUrl = text4("KEYROLL_DATABASE_URL");
  if (databaseUrl !== null && !(/^postgres(ql)?:\/\//u.test(databaseUrl) && URL.canParse(databaseUrl)))
    mistakes.push("KEYROLL_DATABASE_URL: postgres://\u2026 or empty");
  const masterKeyFile = text4("KEYROLL_MASTER_KEY_FILE");
  const logLevel = text4("KEYROLL_LOG_LEVEL") ?? "info";
  if (!["silent", "error", "warn", "info", "debug"].includes(logLevel)) {
    mistakes.push("KEYROLL_LOG_LEVEL: silent, error, warn, info or debug");
  }
  const bootstrapToken = text4("KEYROLL_BOOTSTRAP_TOKEN");
  if (bootstrapToken !== null && !/^krl_[A-Za-z0-9_]{24,}$/u.test(bootstrapToken))
    mistakes.push("KEYROLL_BOOTSTRAP_TOKEN: `krl_` and at least 24 of [A-Za-z0-9_]");
  const egressAllow = text4("KEYROLL_EGRESS_ALLOW") ?? "";
  if (!egressAllow.split(",").every((entry3) => entry3.trim() === "" || isEgressEntry(entry3.trim())))
    mistakes.push("KEYROLL_EGRESS_ALLOW: hosts and networks with commas between, such as vault.example.com,10.0.0.0/8");
  for (const name3 of addresses) {
    const given = text4(name3);
    if (given !== null && (!URL.canParse(given) || !/^https?:$/u.test(new URL(given).protocol)))
      mistakes.push(`${name3}: an http(s) address, or unset`);
  }
  const etcd = readEtcd(text4, mistakes);
  if (mistakes.length > 0) {
    throw new KeyrollError("invalid", mistakes.join("\n"), {
      next: "Correct these environment variables and start again; nothing was changed.",
    });
  }
  const home = env["XDG_DATA_HOME"] ?? join4(env["HOME"] ?? "/", ".local", "share");
  const clusterHost = text4("KUBERNETES_SERVICE_HOST");
  return {
    listen: { host: (listen?.[1] ?? "127.0.0.1").replaceAll(/[[\]]/gu, ""), port },
    publicUrl: publicUrl?.replace(/\/+$/u, "") ?? null,
    dataDir: text4("KEYROLL_DATA_DIR") ?? join4(home, "keyroll"),
    databaseUrl,
    masterKeyFile,
    bootstrapToken,
    logLevel,
    helm: text4("KEYROLL_HELM"),
    egressAllow,
    etcd,
    providerVariables: new Map(
      providerVariables.flatMap((name3) => {
        const found = text4(name3);
        return found === null ? [] : [[name3, found]];
      }),
    ),
    path: env["PATH"] ?? "",
    inCluster: clusterHost === null ? null : { host: clusterHost, port: text4("KUBERNETES_SERVICE_PORT") ?? "443" },
  };
};

// server/src/database/buckets.ts
import { sql } from "kysely";
var databaseTime = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
var createBuckets = (db, now = databaseTime) => ({
  read: async (name3) => {
    const { rows } = await sql`
      select c.now, b.* from (select ${now} as now) c left join pacer_buckets b on b.name = ${name3}`.execute(db);
    const [row] = rows;
    if (row === void 0 || row.version === null) return { bucket: null, version: 0, now: row?.now ?? 0 };
    const { tokens, at: at3, rate_share: rateShare, burst_share: burstShare, slowed_at: slowedAt } = row;
    return { bucket: { tokens, at: at3, rateShare, burstShare, slowedAt }, version: row.version, now: row.now };
  },
  replace: async (name3, version4, { tokens, at: at3, rateShare, burstShare, slowedAt }) => {
    const row = { tokens, at: at3, rate_share: rateShare, burst_share: burstShare, slowed_at: slowedAt };
    if (version4 === 0) {
      const made = await db
        .insertInto("pacer_buckets")
        .values({ name: name3, version: 1, ...row })
        .onConflict((conflict2) => conflict2.column("name").doNothing())
        .executeTakeFirst();
      return made.numInsertedOrUpdatedRows === 1n;
    }
    const changed = await db
      .updateTable("pacer_buckets")
      .set({ version: version4 + 1, ...row })
      .where("name", "=", name3)
      .where("version", "=", version4)
      .executeTakeFirst();
    return changed.numUpdatedRows === 1n;
  },
});

// server/src/database/local-rows.ts
import { z as z17 } from "zod";
var entries = z17.array(z17.tuple([z17.string(), z17.number(), z17.number(), z17.number(), z17.number()]));
var pack = (manifest) =>
  JSON.stringify([...manifest.entries.values()].map((e) => [e.key, e.revision, e.bytes, e.lines, e.binary ? 1 : 0]));
var unpack2 = (row) => ({
  revision: row.revision,
  txn: row.txn,
  at: row.at,
  entries: new Map(
    entries
      .parse(JSON.parse(row.manifest))
      .map(([key2, revision2, bytes, lines, binary]) => [
        key2,
        { key: key2, revision: revision2, bytes, lines, binary: binary === 1 },
      ]),
  ),
});
var localRows = (db, environmentId) => {
  const revisions = () =>
    db.selectFrom("local_store_revisions").selectAll().where("environment_id", "=", environmentId);
  return {
    lock: async () => {
      await db
        .updateTable("environments")
        .set((e) => ({ journal_seq: e.ref("journal_seq") }))
        .where("id", "=", environmentId)
        .execute();
    },
    manifest: async ({ at: at3, txn }) => {
      let found = revisions();
      if (at3 !== void 0) found = found.where("revision", "=", at3);
      if (txn !== void 0) found = found.where("txn", "=", txn);
      const row = await found.orderBy("revision", "desc").limit(1).executeTakeFirst();
      return row === void 0 ? null : unpack2(row);
    },
    values: async (wanted) => {
      const byKey4 = new Map(wanted.map((entry3) => [entry3.key, entry3.revision]));
      if (byKey4.size === 0) return /* @__PURE__ */ new Map();
      const rows = await db
        .selectFrom("local_store_values")
        .selectAll()
        .where("environment_id", "=", environmentId)
        .where("key", "in", [...byKey4.keys()])
        .where("revision", "in", [...new Set(byKey4.values())])
        .execute();
      return new Map(
        rows
          .filter((row) => byKey4.get(row.key) === row.revision)
          .map((row) => [
            row.key,
            {
              key: row.key,
              revision: row.revision,
              dataKey: row.data_key_id,
              nonce: row.nonce,
              ciphertext: row.ciphertext,
            },
          ]),
      );
    },
    dataKey: async (id4) => {
      let found = db
        .selectFrom("local_store_keys")
        .select(["id", "wrapped"])
        .where("environment_id", "=", environmentId);
      if (id4 !== null) found = found.where("id", "=", id4);
      return (await found.orderBy("id", "desc").limit(1).executeTakeFirst()) ?? null;
    },
    addDataKey: async ({ id: id4, wrapped, at: at3 }) => {
      await db
        .insertInto("local_store_keys")
        .values({ id: id4, environment_id: environmentId, wrapped, created_at: at3 })
        .execute();
    },
    add: async (manifest, values) => {
      if (values.length > 0) {
        await db
          .insertInto("local_store_values")
          .values(
            values.map((row) => ({
              environment_id: environmentId,
              key: row.key,
              revision: row.revision,
              data_key_id: row.dataKey,
              nonce: row.nonce,
              ciphertext: row.ciphertext,
            })),
          )
          .execute();
      }
      await db
        .insertInto("local_store_revisions")
        .values({
          environment_id: environmentId,
          revision: manifest.revision,
          txn: manifest.txn,
          at: manifest.at,
          manifest: pack(manifest),
        })
        .execute();
    },
    revisions: async (before, limit) => {
      let found = revisions();
      if (before !== null) found = found.where("revision", "<", before);
      const rows = await found.orderBy("revision", "desc").limit(limit).execute();
      return rows.map((row) => ({ revision: row.revision, at: row.at, readable: true }));
    },
    prune: async (keep2) => {
      const rows = (await revisions().orderBy("revision", "desc").execute()).map(unpack2);
      const kept3 = rows.filter((row, index) => index === 0 || keep2.has(row.revision));
      const needed = new Set(
        kept3.flatMap((row) => [...row.entries.values()].map((entry3) => `${entry3.revision}/${entry3.key}`)),
      );
      const numbers = kept3.map((row) => row.revision);
      if (numbers.length === 0) return;
      await db
        .deleteFrom("local_store_revisions")
        .where("environment_id", "=", environmentId)
        .where("revision", "not in", numbers)
        .execute();
      const values = await db
        .selectFrom("local_store_values")
        .select(["key", "revision"])
        .where("environment_id", "=", environmentId)
        .execute();
      for (const value2 of values) {
        if (needed.has(`${value2.revision}/${value2.key}`)) continue;
        await db
          .deleteFrom("local_store_values")
          .where("environment_id", "=", environmentId)
          .where("key", "=", value2.key)
          .where("revision", "=", value2.revision)
          .execute();
      }
    },
    destroy: async () => {
      await db.deleteFrom("local_store_values").where("environment_id", "=", environmentId).execute();
      await db.deleteFrom("local_store_revisions").where("environment_id", "=", environmentId).execute();
      await db.deleteFrom("local_store_keys").where("environment_id", "=", environmentId).execute();
    },
  };
};

// server/src/database/master-key.ts
var id2 = "witness";
var witness = (db) => {
  const read3 = async () => {
    const row = await db.selectFrom("master_key").select("wrapped").where("id", "=", id2).executeTakeFirst();
    return row?.wrapped ?? null;
  };
  return {
    read: read3,
    keep: async (wrapped) => {
      await db
        .insertInto("master_key")
        .values({ id: id2, wrapped })
        .onConflict((conflict2) => conflict2.column("id").doNothing())
        .execute();
      return (await read3()) ?? wrapped;
    },
  };
};

// server/src/database/open.ts
var openDatabase = async (where) =>
  /^postgres(ql)?:\/\//u.test(where)
    ? (await import("./postgres-L4TRHXOP.js")).openPostgres(where)
    : (await import("./sqlite-7LT4QAXX.js")).openSqlite(where);

// server/src/features/actor.ts
var anonymous = {
  kind: "anonymous",
  id: "anonymous",
  name: "anonymous",
  role: "none",
  via: null,
  since: 0,
  expires: null,
};
var system = (reason3) => ({
  kind: "system",
  id: "system",
  name: `Keyroll (${reason3})`,
  role: "administrator",
  via: null,
  since: 0,
  expires: null,
});
var isAllowed = (actor, permission) => {
  if (permission === "none") return true;
  if (actor.kind === "anonymous") return false;
  if (permission === "own") return true;
  return actor.role === "administrator";
};

// server/src/database/attempts.ts
import { sql as sql2 } from "kysely";
var countAttempt = async (tx, dialect, attempt) => {
  const { subject, most: most10, window: window2, now } = attempt;
  if (dialect === "postgres") await sql2`select pg_advisory_xact_lock(hashtextextended(${subject}, 0))`.execute(tx);
  const rows = await tx
    .selectFrom("attempts")
    .select("at")
    .where("subject", "=", subject)
    .where("at", ">", now - window2)
    .orderBy("at")
    .execute();
  const first = rows.at(-most10)?.at;
  if (first !== void 0) {
    throw new KeyrollError("rate_limited", `Too many requests: ${most10} in ${window2 / 6e4} min are allowed.`, {
      limit: most10,
      retryAfter: Math.max(1, Math.ceil((first + window2 - now) / 1e3)),
    });
  }
  await tx
    .deleteFrom("attempts")
    .where("subject", "=", subject)
    .where("at", "<=", now - window2)
    .execute();
  await tx.insertInto("attempts").values({ id: attempt.id, subject, at: now }).execute();
};

// server/src/features/access/sign-in.ts
var day = 24 * 3600 * 1e3;
var sessionLasts = 7 * day;
var sessionIdle = day;
var alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
var randomText = (host, length) => {
  let text4 = "";
  while (text4.length < length) {
    for (const byte of host.random.bytes(length * 2)) {
      if (byte < 252 && text4.length < length) text4 += alphabet.charAt(byte % 36);
    }
  }
  return text4;
};
var memberActor = (member, via, since, expires) => ({
  kind: "member",
  id: member.id,
  name: member.name,
  role: "administrator",
  via,
  since,
  expires,
});
var beginSession = async (tx, host, member, now) => {
  const text4 = `krs_${randomText(host, 40)}`;
  const id4 = host.random.id();
  const expires = now + sessionLasts;
  await tx.deleteFrom("sessions").where("expires_at", "<", now).execute();
  await tx
    .insertInto("sessions")
    .values({
      hash: host.passwords.digest(text4),
      id: id4,
      member_id: member.id,
      created_at: now,
      seen_at: now,
      expires_at: expires,
    })
    .execute();
  return { session: { text: text4, expires }, actor: memberActor(member, id4, now, expires) };
};
var identityOf2 = (actor) => ({
  kind: actor.kind === "token" ? "token" : "member",
  id: actor.id,
  name: actor.name,
  role: "administrator",
  since: actor.since,
  expires: actor.expires,
});
var window = 15 * 6e4;
var throttle = async (host, subjects) => {
  const now = host.clock.now();
  await host.db.transaction().execute(async (tx) => {
    for (const [subject, most10] of subjects) {
      await countAttempt(tx, host.dialect, { id: host.random.id(), subject, most: most10, window, now });
    }
  });
};

// server/src/features/access/authenticate.ts
var noteEvery = 6e4;
var actorOfSession = async (host, text4) => {
  const now = host.clock.now();
  const hash2 = host.passwords.digest(text4);
  const row = await host.db
    .selectFrom("sessions")
    .innerJoin("members", "members.id", "sessions.member_id")
    .select([
      "sessions.id as session",
      "sessions.created_at",
      "sessions.seen_at",
      "sessions.expires_at",
      "members.id",
      "members.name",
    ])
    .where("sessions.hash", "=", hash2)
    .executeTakeFirst();
  if (row === void 0 || row.expires_at <= now || row.seen_at + sessionIdle <= now) return anonymous;
  if (row.seen_at + noteEvery <= now)
    await host.db.updateTable("sessions").set({ seen_at: now }).where("hash", "=", hash2).execute();
  return memberActor({ id: row.id, name: row.name }, row.session, row.created_at, row.expires_at);
};
var actorOfToken = async (host, text4) => {
  const now = host.clock.now();
  const row = await host.db
    .selectFrom("tokens")
    .selectAll()
    .where("hash", "=", host.passwords.digest(text4))
    .executeTakeFirst();
  if (row === void 0 || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= now)) {
    throw new KeyrollError("not_signed_in", "This token is unknown, expired or revoked.");
  }
  if (row.used_at === null || row.used_at + noteEvery <= now) {
    await host.db.updateTable("tokens").set({ used_at: now }).where("id", "=", row.id).execute();
  }
  const name3 = row.member_id === null ? row.name : `${row.created_by} (${row.name})`;
  return {
    kind: "token",
    id: row.id,
    name: name3,
    role: "administrator",
    via: row.id,
    since: row.created_at,
    expires: row.expires_at,
  };
};
var acceptBootstrapToken = async (host, text4) => {
  if (!/^krl_[A-Za-z0-9_]{24,}$/u.test(text4)) {
    throw new KeyrollError("invalid", "KEYROLL_BOOTSTRAP_TOKEN: `krl_` and at least 24 of [A-Za-z0-9_].", {
      field: "KEYROLL_BOOTSTRAP_TOKEN",
    });
  }
  await host.db
    .insertInto("tokens")
    .values({
      id: host.random.id(),
      hash: host.passwords.digest(text4),
      kind: "bootstrap",
      name: "bootstrap",
      member_id: null,
      created_at: host.clock.now(),
      created_by: "KEYROLL_BOOTSTRAP_TOKEN",
      used_at: null,
      expires_at: null,
      revoked_at: null,
    })
    .onConflict((conflict2) => conflict2.column("hash").doNothing())
    .execute();
};
var newSetupLink = async (host) => {
  const member = await host.db.selectFrom("members").select("id").limit(1).executeTakeFirst();
  if (member !== void 0) return null;
  const code = randomText(host, 32);
  await host.db.transaction().execute(async (tx) => {
    await tx.deleteFrom("one_time_links").where("purpose", "=", "setup").execute();
    await tx
      .insertInto("one_time_links")
      .values({
        hash: host.passwords.digest(code),
        purpose: "setup",
        expires_at: host.clock.now() + 36e5,
        used_at: null,
      })
      .execute();
  });
  return `${host.publicUrl}/setup#${code}`;
};

// contract/src/access.ts
import { z as z19 } from "zod";

// contract/src/fields.ts
import { z as z18 } from "zod";
var name2 = z18
  .string()
  .regex(
    /^(?!aws|ssm)[a-z][a-z0-9-]{0,37}[a-z0-9]$/u,
    "2 to 39 characters: a-z, 0-9 and -, beginning with a letter, not ending with -, not beginning with aws or ssm",
  );
var label3 = (most10) =>
  z18
    .string()
    .max(most10)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/u, "a-z, 0-9 and -, beginning and ending with a letter or digit");
var secretName = z18
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/u, "a-z, 0-9, - and ., beginning and ending with a letter or digit");
var id3 = z18.string().min(1).max(64);
var title = z18.string().trim().min(1).max(100);
var note = z18.string().trim().max(2e3);
var time3 = z18.number().int();
var revision = z18.number().int().min(0);
var value = z18.union([z18.string(), z18.strictObject({ base64: z18.base64() })]);
var key = z18.string().min(1).max(300);
var isObject = (given) => typeof given === "object" && given !== null && !Array.isArray(given);
var byKey2 = (one) =>
  z18
    .custom(isObject, "an object, by key")
    .transform((given, context2) => {
      const entries2 = [];
      for (const [name3, input] of Object.entries(given)) {
        const parsed5 = one.safeParse(input);
        const issues = [...(key.safeParse(name3).error?.issues ?? []), ...(parsed5.error?.issues ?? [])];
        for (const { message, path: path4 } of issues)
          context2.addIssue({ code: "custom", message, path: [name3, ...path4] });
        if (parsed5.success) entries2.push([name3, parsed5.data]);
      }
      return Object.fromEntries(entries2);
    })
    .meta({
      type: "object",
      propertyNames: { type: "string", minLength: 1, maxLength: 300 },
      additionalProperties: z18.toJSONSchema(one, { io: "input", unrepresentable: "any" }),
    });
var keyState = z18.enum(["not-deployed", "saved", "in-cluster", "running", "removed"]);
var page = z18.object({
  limit: z18.coerce.number().int().min(1).max(200).default(50),
  cursor: z18.string().max(200).optional(),
});
var listOf3 = (item) => z18.object({ items: z18.array(item), next: z18.string().nullable() });
var encryption2 = z18.object({
  state: z18.enum(["verified", "declared", "not-encrypted", "unknown"]),
  label: z18.string().describe('in a few words, such as "verified, KMS v2 (vault)"'),
  message: z18.string().describe("what it rests on"),
  next: z18.string().nullable(),
  checkedAt: time3,
});
var nothing = z18.object({});
var reason2 = z18.string().trim().max(500).describe("why; a browser session must say it in production");

// contract/src/route.ts
var route = (spec2) => spec2;

// contract/src/access.ts
var login = z19.string().trim().min(1).max(200);
var password = z19.string().min(12, "at least 12 characters").max(1024);
var identity = z19.object({
  kind: z19.enum(["member", "token"]),
  id: id3,
  name: z19.string(),
  role: z19.enum(["administrator"]),
  /** When this login or token was made. */
  since: time3,
  expires: time3.nullable(),
});
var session = z19.object({
  id: id3,
  /** When the password was given. */
  since: time3,
  lastUsedAt: time3,
  expires: time3,
  /** Whether it is the one that asks. */
  current: z19.boolean(),
});
var token2 = z19.object({
  id: id3,
  name: z19.string(),
  kind: z19.enum(["cli", "api", "bootstrap"]),
  createdAt: time3,
  createdBy: z19.string(),
  lastUsedAt: time3.nullable(),
  expires: time3.nullable(),
});
var access = {
  "access.setup": route({
    credential: true,
    method: "POST",
    path: "/setup",
    kind: "mutation",
    permission: "none",
    summary: "Make the first Administrator with the one-time set-up link, and sign in.",
    input: z19.strictObject({ code: z19.string().max(200), name: login, password }),
    output: z19.object({ me: identity }),
    status: 201,
    errors: ["wrong_credentials", "already_exists", "rate_limited"],
  }),
  "access.login": route({
    credential: true,
    method: "POST",
    path: "/login",
    kind: "mutation",
    permission: "none",
    summary: "Sign in with name and password: sets the session cookie.",
    input: z19.strictObject({ name: login, password: z19.string().max(1024) }),
    output: z19.object({ me: identity }),
    errors: ["wrong_credentials", "rate_limited"],
  }),
  "access.logout": route({
    method: "POST",
    path: "/logout",
    kind: "mutation",
    permission: "own",
    summary: "End this session, or revoke the token that was used.",
    output: z19.object({}),
  }),
  "access.me": route({
    method: "GET",
    path: "/me",
    kind: "query",
    permission: "none",
    summary: "Who is signed in; whether the first Administrator exists yet; whether values can be read.",
    output: z19.object({ me: identity.nullable(), setUp: z19.boolean(), sealed: z19.boolean(), version: z19.string() }),
  }),
  "access.confirm": route({
    credential: true,
    method: "POST",
    path: "/me/confirm",
    kind: "mutation",
    permission: "own",
    summary:
      "Give the password again: a new session takes this one's place, and may show values of production for 15 minutes.",
    input: z19.strictObject({ password: z19.string().max(1024) }),
    output: z19.object({ me: identity }),
    errors: ["wrong_credentials", "rate_limited"],
  }),
  "access.password": route({
    credential: true,
    method: "POST",
    path: "/me/password",
    kind: "mutation",
    permission: "own",
    summary: "Change one's own password. A new session takes this one's place; all others of this member end.",
    input: z19.strictObject({ current: z19.string().max(1024), next: password }),
    output: z19.object({ me: identity, ended: z19.number().int().describe("other sessions that were ended") }),
    errors: ["wrong_credentials", "rate_limited"],
  }),
  "sessions.list": route({
    method: "GET",
    path: "/sessions",
    kind: "query",
    permission: "own",
    summary: "One's own browser sessions, newest first.",
    query: page,
    output: listOf3(session),
  }),
  "sessions.end": route({
    method: "DELETE",
    path: "/sessions/{session}",
    kind: "mutation",
    permission: "own",
    summary: "End one of one's own sessions at once.",
    output: z19.object({}),
  }),
  "access.device": route({
    credential: true,
    method: "POST",
    path: "/device",
    kind: "mutation",
    permission: "none",
    summary: "Begin the device flow of `keyroll login` (RFC 8628).",
    input: z19.strictObject({ client: z19.string().trim().min(1).max(100) }),
    output: z19.object({
      deviceCode: z19.string(),
      userCode: z19.string(),
      verificationUrl: z19.string(),
      expiresIn: z19.number().describe("seconds"),
      interval: z19.number().describe("seconds between two questions"),
    }),
    errors: ["rate_limited"],
  }),
  "access.deviceToken": route({
    credential: true,
    method: "POST",
    path: "/device/token",
    kind: "mutation",
    permission: "none",
    summary: "Ask whether the code was confirmed; hands the token out once.",
    input: z19.strictObject({ deviceCode: z19.string().max(200) }),
    output: z19.object({ state: z19.enum(["pending", "denied", "expired", "done"]), token: z19.string().nullable() }),
    errors: ["rate_limited"],
  }),
  "access.deviceConfirm": route({
    method: "POST",
    path: "/device/confirm",
    kind: "mutation",
    permission: "own",
    summary: "Confirm or refuse a code of `keyroll login` in the browser.",
    input: z19.strictObject({ userCode: z19.string().max(20), allow: z19.boolean() }),
    output: z19.object({ client: z19.string() }),
    errors: ["not_found", "rate_limited"],
  }),
  "tokens.list": route({
    method: "GET",
    path: "/tokens",
    kind: "query",
    permission: "access:read",
    summary: "Tokens, never their text.",
    query: page,
    output: listOf3(token2),
  }),
  "tokens.create": route({
    credential: true,
    method: "POST",
    path: "/tokens",
    kind: "mutation",
    permission: "access:write",
    summary: "A new token; its text is in this answer and nowhere else.",
    input: z19.strictObject({
      name: z19.string().trim().min(1).max(100),
      days: z19.number().int().min(1).max(365).default(90),
    }),
    output: z19.object({ token: token2, text: z19.string() }),
    status: 201,
  }),
  "tokens.revoke": route({
    method: "DELETE",
    path: "/tokens/{token}",
    kind: "mutation",
    permission: "access:write",
    summary: "Revoke a token at once.",
    output: z19.object({}),
  }),
  "members.list": route({
    method: "GET",
    path: "/members",
    kind: "query",
    permission: "access:read",
    summary: "People who can sign in.",
    query: page,
    output: listOf3(z19.object({ id: id3, name: z19.string(), role: z19.enum(["administrator"]), createdAt: time3 })),
  }),
  "audit.list": route({
    method: "GET",
    path: "/audit",
    kind: "query",
    permission: "audit:read",
    summary: "What was done, by whom, newest first.",
    query: page.extend({ environment: id3.optional(), action: z19.string().max(60).optional() }),
    output: listOf3(
      z19.object({
        id: id3,
        at: time3,
        actor: z19.object({ kind: z19.string(), id: z19.string(), name: z19.string() }),
        action: z19.string(),
        app: z19.string().nullable(),
        environment: z19.string().nullable(),
        details: z19.record(z19.string(), z19.unknown()),
        requestId: z19.string().nullable(),
      }),
    ),
  }),
};

// contract/src/across.ts
import { z as z21 } from "zod";

// contract/src/secrets.ts
import { z as z20 } from "zod";
var day2 = z20.iso.date();
var meta = z20.strictObject({
  note: note.nullable().optional(),
  url: z20
    .url({ protocol: /^https?$/u })
    .max(2e3)
    .nullable()
    .optional(),
  rotateBy: day2.nullable().optional(),
  visible: z20.boolean().optional(),
});
var secret = z20.object({
  key: z20.string(),
  bytes: z20.number().int(),
  lines: z20.number().int(),
  binary: z20.boolean(),
  /** The value, only for a key marked visible. */
  value: z20.string().nullable(),
  revision,
  changedAt: time3,
  changedBy: z20.string(),
  note: z20.string().nullable(),
  url: z20.string().nullable(),
  rotateBy: z20.string().nullable(),
  visible: z20.boolean(),
  retiresOld: z20.boolean(),
  state: keyState,
});
var saved = z20.object({
  revision,
  /** What the store gave back was compared byte for byte. */
  verified: z20.boolean(),
  /** false: nothing differed, no new revision was made. */
  changed: z20.boolean(),
  secrets: z20.array(
    z20.object({
      key: z20.string(),
      op: z20.enum(["set", "remove"]),
      bytes: z20.number().int(),
      lines: z20.number().int(),
    }),
  ),
  /** Revision of someone else that this save was merged onto. */
  mergedWith: revision.nullable(),
  /** Removed keys whose older values are deleted from the store: revisions that held them are not readable any more. */
  purged: z20.array(z20.string()),
  warnings: z20.array(z20.object({ id: z20.string(), key: z20.string().optional(), message: z20.string() })),
  /** The deployment that `onSave` requested. */
  deployment: z20.string().nullable(),
});
var revisionInfo = z20.object({
  revision,
  author: z20.string(),
  at: time3,
  message: z20.string().nullable(),
  keys: z20.number().int(),
  bytes: z20.number().int(),
  changes: z20.array(
    z20.object({ key: z20.string(), op: z20.enum(["added", "changed", "removed"]), bytes: z20.number().int() }),
  ),
  restoredFrom: revision.nullable(),
  /** false: its values are gone from the store; it can be neither shown nor restored. */
  readable: z20.boolean(),
});
var changeSet = {
  set: byKey2(value).default({}),
  remove: z20.array(key).max(300).default([]),
  rename: byKey2(key).default({}),
  meta: byKey2(meta).default({}),
  retiresOld: z20.array(key).max(300).default([]),
  confirmRisky: z20.array(key).max(300).default([]).describe("risky names such as PATH that are meant"),
};
var shellNames = z20
  .boolean()
  .default(false)
  .describe("take what no shell can write under a shell name: db-url as DB_URL");
var foreignPath = z20.strictObject({
  ssmPath: z20.string().max(1100).describe("a path of AWS Parameter Store; the parameters directly below it are read"),
  region: z20.string().max(40).optional().describe("Region of the path; the store's own when absent"),
  shellNames,
});
var foreignSecret = z20.strictObject({
  secret: secretName.describe("a Secret of the environment's namespace"),
  shellNames,
});
var base = "/apps/{app}/environments/{env}";
var secretsBody = 2 * 1024 * 1024;
var secrets2 = {
  "secrets.list": route({
    method: "GET",
    path: `${base}/secrets`,
    kind: "query",
    permission: "secret:list",
    summary: "Keys, sizes, who and when, and where each value is. No values but those marked visible.",
    output: z20.object({
      revision,
      deployedRevision: revision.nullable(),
      secrets: z20.array(secret),
      /** Sum of key and value bytes, against the limit of 1 MiB. */
      totalBytes: z20.number().int(),
      limits: z20.object({
        pairs: z20.number().int(),
        totalBytes: z20.number().int(),
        valueBytes: z20.number().int().nullable(),
        larger: z20.string().nullable().describe("how larger values could be taken, and what that costs"),
      }),
      /** What becomes of removed keys in this store. */
      removal: z20.object({
        plainReaders: z20.boolean().describe("other programs can read them until old values are collected"),
        cannotPurge: z20.string().nullable().describe("why older values cannot be deleted at once; null: they can"),
      }),
    }),
    etag: "revision",
  }),
  "secrets.change": route({
    method: "PATCH",
    path: `${base}/secrets`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Save a change set: all of it or nothing. Disjoint edits of others are merged; overlapping ones are a 409.",
    input: z20.strictObject({
      ...changeSet,
      purge: z20
        .boolean()
        .default(false)
        .describe("delete the older values of the removed keys from the store now: they cannot be restored"),
      message: z20.string().trim().max(500).optional(),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    bodyLimit: secretsBody,
    errors: [
      "revision_conflict",
      "invalid",
      "limit_exceeded",
      "confirmation_required",
      "in_use",
      "sealed",
      "indeterminate",
    ],
  }),
  "secrets.plan": route({
    method: "POST",
    path: `${base}/secrets/plan`,
    kind: "query",
    permission: "secret:write",
    summary: "What a change set would do. Writes nothing.",
    input: z20.strictObject({ ...changeSet, base: revision.optional() }),
    output: z20.object({
      revision,
      problems: z20.array(
        z20.object({
          rule: z20.string(),
          key: z20.string().optional(),
          message: z20.string(),
          limit: z20.union([z20.string(), z20.number()]).optional(),
          actual: z20.union([z20.string(), z20.number()]).optional(),
        }),
      ),
      warnings: z20.array(z20.object({ id: z20.string(), key: z20.string().optional(), message: z20.string() })),
      conflicts: z20.array(z20.string()),
      calls: z20.number().int().describe("requests to the store"),
      seconds: z20.number().describe("estimated time of the save"),
      restarts: z20
        .array(z20.object({ kind: z20.string(), name: z20.string() }))
        .nullable()
        .describe("workloads that the next deployment will restart; null: the cluster did not answer"),
    }),
    bodyLimit: secretsBody,
  }),
  "secrets.import": route({
    method: "POST",
    path: `${base}/secrets/import`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Read dotenv, JSON or YAML text, or (`from`) a path of AWS Parameter Store or a Secret of the namespace; with apply, save it (all or nothing).",
    input: z20.strictObject({
      text: z20.string().optional(),
      from: z20.union([foreignPath, foreignSecret]).optional(),
      format: z20.enum(["dotenv", "json", "yaml"]).optional(),
      replace: z20.boolean().default(false),
      apply: z20.boolean().default(false),
      message: z20.string().trim().max(500).optional(),
      confirmRisky: z20.array(key).max(300).default([]),
    }),
    query: z20.object({ base: z20.coerce.number().int().min(0).optional() }),
    output: z20.object({
      entries: z20.array(
        z20.object({
          key: z20.string(),
          line: z20.number().int(),
          bytes: z20.number().int(),
          lines: z20.number().int(),
          status: z20.enum(["new", "changed", "same", "set"]),
          notices: z20.array(z20.object({ id: z20.string(), message: z20.string() })),
        }),
      ),
      errors: z20.array(z20.object({ line: z20.number().int(), id: z20.string(), message: z20.string() })),
      /** What is to be said of the source as a whole, such as parameters that are not taken. */
      notices: z20.array(z20.object({ id: z20.string(), message: z20.string() })),
      removed: z20.array(z20.string()),
      saved: saved.nullable(),
    }),
    bodyLimit: secretsBody,
    errors: [
      "revision_conflict",
      "precondition_required",
      "invalid",
      "limit_exceeded",
      "in_use",
      "not_found",
      "rate_limited",
      "provider_denied",
    ],
  }),
  "secrets.reveal": route({
    method: "POST",
    path: `${base}/secrets/{key}/reveal`,
    kind: "operation",
    permission: "secret:reveal",
    summary: "One value. The audit entry is committed first.",
    input: z20.strictObject({ revision: revision.optional(), reason: reason2.optional() }),
    output: z20.object({ key: z20.string(), value, revision }),
    reveals: true,
    errors: ["sealed", "rate_limited", "revision_gone", "confirmation_required", "reauth_required"],
  }),
  "secrets.bundle": route({
    method: "POST",
    path: `${base}/bundle`,
    kind: "operation",
    permission: "secret:export",
    summary: "Values of the deployed revision (default), the newest saved one, or a numbered one.",
    input: z20.strictObject({
      of: z20.union([z20.literal("deployed"), z20.literal("saved"), revision]).default("deployed"),
      only: z20.array(key).max(300).optional(),
      purpose: z20.enum(["run", "export", "get", "edit"]).default("export"),
      reason: reason2.optional(),
    }),
    output: z20.object({ revision, values: z20.record(z20.string(), value) }),
    reveals: true,
    errors: ["sealed", "rate_limited", "not_deployed", "revision_gone", "confirmation_required", "reauth_required"],
  }),
  "revisions.list": route({
    method: "GET",
    path: `${base}/revisions`,
    kind: "query",
    permission: "secret:list",
    summary: "History, newest first.",
    query: page,
    output: listOf3(revisionInfo),
  }),
  "revisions.get": route({
    method: "GET",
    path: `${base}/revisions/{revision}`,
    kind: "query",
    permission: "secret:list",
    summary: "One revision, and its difference by key to another (default: the one before).",
    query: z20.object({ against: z20.coerce.number().int().min(0).optional() }),
    output: z20.object({
      revision: revisionInfo,
      against: revision,
      difference: z20.array(z20.object({ key: z20.string(), status: z20.enum(["added", "changed", "removed"]) })),
      keys: z20.array(z20.object({ key: z20.string(), bytes: z20.number().int(), revision })),
    }),
    errors: ["revision_gone"],
  }),
  "revisions.restore": route({
    method: "POST",
    path: `${base}/revisions/{revision}/restore`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary: "A new revision equal to an old one.",
    input: z20.strictObject({ message: z20.string().trim().max(500).optional() }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: ["revision_conflict", "revision_gone", "sealed"],
  }),
};

// contract/src/across.ts
var base2 = "/apps/{app}/environments/{env}";
var across2 = {
  "secrets.history": route({
    method: "GET",
    path: `${base2}/secrets/{key}/history`,
    kind: "query",
    permission: "secret:list",
    summary: "The changes of one key, newest first: who, when, why. Also of a key that was removed.",
    query: page,
    output: listOf3(
      z21.object({
        revision,
        op: z21.enum(["added", "changed", "removed"]),
        bytes: z21.number().int().describe("of the value; 0 when it was removed"),
        lines: z21.number().int(),
        author: z21.string(),
        at: time3,
        message: z21.string().nullable(),
        /** The value before it was said to be dead. */
        retiresOld: z21.boolean(),
        restoredFrom: revision.nullable(),
      }),
    ),
  }),
  "secrets.fill": route({
    method: "POST",
    path: `${base2}/secrets/fill`,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Copy values from another environment without showing them: all of them or none. Needs secret:reveal there; audited on both sides.",
    input: z21.strictObject({
      from: z21.strictObject({ app: z21.string().max(64), env: z21.string().max(64) }),
      keys: z21.array(key).min(1).max(100),
      message: z21.string().trim().max(500).optional(),
      reason: reason2.optional(),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: [
      "revision_conflict",
      "limit_exceeded",
      "confirmation_required",
      "reauth_required",
      "rate_limited",
      "sealed",
      "indeterminate",
    ],
  }),
  "secrets.compare": route({
    method: "POST",
    path: `${base2}/compare`,
    kind: "operation",
    permission: "secret:list",
    summary:
      "This environment and another, key by key, without values. Whether two values are the same is told only to holders of secret:reveal on both, and audited on both; others learn which keys are where.",
    input: z21.strictObject({
      with: z21
        .string()
        .max(130)
        .regex(/^[^/]+\/[^/]+$/u, "APP/ENV")
        .describe("the other environment: APP/ENV"),
      reason: reason2.optional(),
    }),
    output: z21.object({
      here: z21.object({ app: z21.string(), env: z21.string(), revision }),
      there: z21.object({ app: z21.string(), env: z21.string(), revision }),
      compared: z21.boolean().describe("whether values were compared; if not, a key of both is `present`"),
      keys: z21.array(
        z21.object({
          key: z21.string(),
          status: z21.enum(["same", "different", "present", "only-here", "only-there"]),
        }),
      ),
    }),
    errors: ["sealed", "rate_limited", "confirmation_required", "reauth_required"],
  }),
};

// contract/src/apps.ts
import { z as z22 } from "zod";
var app = z22.object({
  id: id3,
  name: z22.string(),
  title: z22.string(),
  createdAt: time3,
  environments: z22.number().int(),
  releases: z22.number().int(),
});
var release = z22.object({
  id: id3,
  chart: z22.string(),
  version: z22.string(),
  appVersion: z22.string().nullable(),
  digest: z22.string().describe("sha256 of the .tgz, hex"),
  bytes: z22.number().int(),
  requires: z22
    .array(z22.string())
    .describe("keys that the chart says it needs: keyroll.dev/requires of Chart.yaml, and its .env.example"),
  pushedAt: time3,
  pushedBy: z22.string(),
});
var apps = {
  "apps.list": route({
    method: "GET",
    path: "/apps",
    kind: "query",
    permission: "app:read",
    summary: "All apps.",
    query: page,
    output: listOf3(app),
  }),
  "apps.create": route({
    method: "POST",
    path: "/apps",
    kind: "mutation",
    permission: "app:write",
    summary: "A new app. Its name is for good; the title can change.",
    input: z22.strictObject({ name: name2, title: title.optional() }),
    output: z22.object({ app }),
    status: 201,
    errors: ["already_exists"],
  }),
  "apps.get": route({
    method: "GET",
    path: "/apps/{app}",
    kind: "query",
    permission: "app:read",
    summary: "One app.",
    output: z22.object({ app }),
  }),
  "apps.update": route({
    method: "PATCH",
    path: "/apps/{app}",
    kind: "mutation",
    permission: "app:write",
    summary: "Change the title.",
    input: z22.strictObject({ title }),
    output: z22.object({ app }),
  }),
  "apps.remove": route({
    method: "DELETE",
    path: "/apps/{app}",
    kind: "mutation",
    permission: "app:write",
    summary: "Remove an app that has no environments.",
    output: z22.object({}),
    errors: ["in_use"],
  }),
  "releases.list": route({
    method: "GET",
    path: "/apps/{app}/releases",
    kind: "query",
    permission: "release:read",
    summary: "Releases (charts) of an app, newest first.",
    query: page,
    output: listOf3(release),
  }),
  "releases.push": route({
    method: "POST",
    path: "/apps/{app}/releases",
    kind: "operation",
    permission: "release:write",
    summary:
      "A chart: an uploaded folder, a .tgz, a reference to pull, or that of a running release. The same bytes twice are the same release.",
    input: z22.union([
      z22.strictObject({ archive: z22.base64().describe("the .tgz, at most 10 MiB") }),
      z22.strictObject({
        files: z22
          .array(z22.strictObject({ path: z22.string().min(1).max(1024), content: z22.base64() }))
          .min(1)
          .max(5e3),
      }),
      z22.strictObject({
        reference: z22.strictObject({
          url: z22.string().max(2048).describe("oci://\u2026 or the https:// address of a chart repository"),
          chart: z22.string().max(200).optional(),
          version: z22.string().max(100).optional(),
          username: z22.string().max(200).optional(),
          password: z22.string().max(4096).optional(),
          connection: z22
            .string()
            .min(1)
            .max(200)
            .optional()
            .describe(
              "whose AWS role signs in to a registry of ECR; the server itself when absent. Needs connection:read too; without effect beside `username`.",
            ),
        }),
      }),
      z22.strictObject({
        installed: z22
          .strictObject({ connection: z22.string().min(1).max(200), namespace: label3(63), release: label3(53) })
          .describe("the chart of a release that runs, as Helm keeps it. Needs environment:write too"),
      }),
    ]),
    output: z22.object({ release, created: z22.boolean() }),
    status: 201,
    bodyLimit: 15 * 1024 * 1024,
    errors: ["limit_exceeded"],
  }),
  "releases.get": route({
    method: "GET",
    path: "/apps/{app}/releases/{release}",
    kind: "query",
    permission: "release:read",
    summary: "One release, by id or version, with the chart's own values and their schema.",
    output: z22.object({
      release,
      values: z22.string().describe("the chart's values.yaml, at most 256 KiB of it"),
      valuesCut: z22.boolean().describe("whether the text goes on"),
      schema: z22
        .record(z22.string(), z22.unknown())
        .nullable()
        .describe("the chart's values.schema.json; null: none, or none that can be read"),
    }),
  }),
  "releases.remove": route({
    method: "DELETE",
    path: "/apps/{app}/releases/{release}",
    kind: "mutation",
    permission: "release:write",
    summary: "Remove a release that no deployment used.",
    output: z22.object({}),
    errors: ["in_use"],
  }),
};

// contract/src/connections.ts
import { z as z23 } from "zod";
var cluster = z23.discriminatedUnion("kind", [
  z23.object({ kind: z23.literal("process") }),
  z23.object({
    kind: z23.literal("kubernetes"),
    server: z23.string(),
    identity: z23.enum(["token", "certificate", "in-cluster", "eks"]),
    eks: z23
      .object({
        name: z23.string(),
        region: z23.string(),
        roleArn: z23.string().nullable(),
        externalId: z23.string().nullable(),
      })
      .optional(),
    cloudCluster: z23.string().optional().describe("the name that GKE or AKS has for the cluster"),
    ignored: z23.array(z23.string()).describe("kubeconfig fields that were not taken"),
  }),
]);
var connection = z23.object({
  id: id3,
  name: z23.string(),
  cluster,
  store: z23.object({ kind: z23.string(), settings: z23.record(z23.string(), z23.unknown()) }),
  environments: z23.number().int(),
  encryption: encryption2.nullable().describe("null: not looked at yet, or there is no cluster"),
  createdAt: time3,
});
var clusterInput = z23.discriminatedUnion("kind", [
  z23.strictObject({ kind: z23.literal("process") }),
  z23.strictObject({
    kind: z23.literal("kubernetes"),
    kubeconfig: z23
      .string()
      .max(256 * 1024)
      .describe("its text; only inline credentials are taken; kept encrypted, never returned"),
    context: z23.string().max(253).optional(),
    helmKubeconfig: z23
      .string()
      .max(256 * 1024)
      .optional()
      .describe("a second identity that only Helm uses"),
    cloudCluster: z23
      .string()
      .max(400)
      .optional()
      .describe(
        "what GKE or AKS calls the cluster, so that a check can ask there how it keeps Secrets: `projects/\u2026/locations/\u2026/clusters/\u2026`, or its resource id",
      ),
  }),
  z23.strictObject({ kind: z23.literal("in-cluster") }),
  z23.strictObject({
    kind: z23.literal("eks"),
    clusterName: z23.string().max(100).describe("name of an EKS cluster; AWS is asked for its address and CA"),
    region: z23.string().max(40),
    roleArn: z23.string().max(2048).optional().describe("IAM role that Keyroll assumes; its own identity when absent"),
    externalId: z23.string().max(1224).optional(),
  }),
]);
var storeInput = z23.strictObject({
  kind: z23.string().max(40),
  settings: z23.record(z23.string(), z23.union([z23.string(), z23.number(), z23.boolean()])).default({}),
});
var finding = z23.object({
  id: z23.string(),
  what: z23.string(),
  ok: z23.boolean(),
  required: z23.boolean(),
  message: z23.string(),
  next: z23.string().nullable(),
});
var policy = z23.object({
  name: z23
    .string()
    .describe("`writer`, `reader`, `trust`, `assume`, `charts`; `cluster`, `cluster-trust`, `cluster-assume`"),
  purpose: z23.string(),
  document: z23.record(z23.string(), z23.unknown()).describe("JSON to hand to the provider"),
});
var kind = z23.object({
  kind: z23.string(),
  label: z23.string(),
  settings: z23.record(z23.string(), z23.unknown()).describe("JSON Schema"),
  capabilities: z23.record(z23.string(), z23.unknown()),
  costs: z23
    .array(z23.object({ setting: z23.string(), value: z23.string(), text: z23.string() }))
    .describe("settings that cost money: they need `acceptCost`"),
});
var acceptCost = z23.boolean().default(false).describe("consent to what the settings of the store cost (`/stores`)");
var connections = {
  "connections.list": route({
    method: "GET",
    path: "/connections",
    kind: "query",
    permission: "connection:read",
    summary: "Connections: a cluster and a secret store each.",
    query: page,
    output: listOf3(connection),
  }),
  "connections.create": route({
    method: "POST",
    path: "/connections",
    kind: "mutation",
    permission: "connection:write",
    summary: "A new connection.",
    input: z23.strictObject({
      name: name2,
      cluster: clusterInput,
      store: storeInput.default({ kind: "local", settings: {} }),
      acceptCost,
    }),
    output: z23.object({ connection }),
    status: 201,
    bodyLimit: 1024 * 1024,
    errors: ["already_exists", "sealed", "confirmation_required"],
  }),
  "connections.get": route({
    method: "GET",
    path: "/connections/{connection}",
    kind: "query",
    permission: "connection:read",
    summary: "One connection, without its credentials.",
    output: z23.object({ connection }),
  }),
  "connections.update": route({
    method: "PATCH",
    path: "/connections/{connection}",
    kind: "mutation",
    permission: "connection:write",
    summary: "New credentials or settings. A changed address or CA needs the credential again, in the same kubeconfig.",
    input: z23.strictObject({ cluster: clusterInput.optional(), store: storeInput.optional(), acceptCost }),
    output: z23.object({ connection }),
    bodyLimit: 1024 * 1024,
    errors: ["in_use", "sealed", "confirmation_required"],
  }),
  "connections.remove": route({
    method: "DELETE",
    path: "/connections/{connection}",
    kind: "mutation",
    permission: "connection:write",
    summary: "Remove a connection that no environment uses.",
    output: z23.object({}),
    errors: ["in_use"],
  }),
  "connections.check": route({
    method: "POST",
    path: "/connections/{connection}/check",
    kind: "operation",
    permission: "connection:write",
    summary: "Try each right that is needed and report them one by one.",
    input: z23.strictObject({ namespace: label3(63).optional() }),
    output: z23.object({ ok: z23.boolean(), findings: z23.array(finding) }),
  }),
  "connections.policies": route({
    method: "GET",
    path: "/connections/{connection}/policies",
    kind: "query",
    permission: "connection:read",
    summary:
      "The least rights that the cloud of the store must give, for all, an app or one environment, which need not exist yet; and AWS for an EKS cluster.",
    query: z23.object({ app: name2.optional(), env: name2.optional() }),
    output: z23.object({
      items: z23.array(policy),
      note: z23.string().nullable().describe("why there are none"),
    }),
  }),
  "connections.found": route({
    method: "GET",
    path: "/connections/{connection}/namespaces/{namespace}",
    kind: "query",
    permission: "environment:write",
    summary:
      "What runs in a namespace and could be taken over: Helm's releases, workloads with the Secrets that they read, and who keeps them. Names of keys, no values of Secrets.",
    query: z23.object({ release: label3(53).optional().describe("the release to read with its chart and values") }),
    output: z23.object({
      releases: z23.array(z23.object({ name: z23.string(), revision: z23.number().int(), status: z23.string() })),
      workloads: z23.array(
        z23.object({
          kind: z23.string(),
          name: z23.string(),
          release: z23.string().nullable(),
          keeper: z23.string().nullable().describe("who else applies it, such as Argo CD"),
          secrets: z23.array(z23.string()).describe("Secrets whose keys it reads"),
        }),
      ),
      secrets: z23.array(
        z23.object({
          name: z23.string(),
          keys: z23.array(z23.string()).nullable().describe("null: it cannot be read"),
          problem: z23.string().nullable(),
          keeper: z23.object({ name: z23.string(), steps: z23.string() }).nullable(),
          environment: z23.string().nullable().describe("APP/ENV that has it, or an id that is not of this Keyroll"),
        }),
      ),
      type: z23
        .enum(["helm", "restart"])
        .describe("the deployment type that fits: who rolls it now goes on rolling it"),
      release: z23
        .object({
          name: z23.string(),
          revision: z23.number().int(),
          status: z23.string(),
          chart: z23.string(),
          version: z23.string(),
          dependencies: z23.array(z23.string()).describe("charts that it depends on: Helm does not keep them"),
          values: z23.string().describe("YAML of what was set at its last upgrade"),
        })
        .nullable(),
    }),
    errors: ["sealed", "not_found", "provider_denied", "provider_unreachable"],
  }),
  "stores.list": route({
    method: "GET",
    path: "/stores",
    kind: "query",
    permission: "connection:read",
    summary: "Kinds of secret stores, with their settings and capabilities.",
    output: z23.object({ items: z23.array(kind) }),
  }),
  "targets.list": route({
    method: "GET",
    path: "/targets",
    kind: "query",
    permission: "connection:read",
    summary: "Types of targets an environment can have.",
    output: z23.object({ items: z23.array(kind) }),
  }),
};

// contract/src/deployments.ts
import { z as z27 } from "zod";

// contract/src/drift-entry.ts
import { z as z24 } from "zod";
var driftPlace = z24.enum(["store", "cluster", "release"]);
var driftEntry = z24.object({
  place: driftPlace,
  key: z24.string().nullable().describe("null: it concerns the Secret or the release as a whole"),
  /**
   * Of the store: `foreign` (in no revision), `changed`, `missing` (deleted). Of the cluster: `changed`, `added` and
   * `removed` keys, the Secret `deleted`, or `unmarked` (Keyroll's marks are gone). Of the release: what was done.
   */
  kind: z24.enum([
    "foreign",
    "changed",
    "missing",
    "added",
    "removed",
    "deleted",
    "unmarked",
    "rolled-back",
    "upgraded",
    "uninstalled",
  ]),
  message: z24.string(),
  at: time3.nullable().describe("when it was done; null: not told"),
  by: z24.string().nullable().describe("who did it, as the provider or the field manager is named; null: not told"),
});
var driftStatus = z24.object({
  entries: z24.array(driftEntry),
  sentence: z24.string().nullable().describe("null: nobody changed anything"),
  pausedUntil: time3.nullable(),
});
var driftEvent = z24.object({
  type: z24.literal("drift"),
  state: z24.enum(["found", "settled", "overwritten", "adopted"]),
  place: driftPlace,
  message: z24.string(),
});

// contract/src/deployment-shapes.ts
import { z as z25 } from "zod";
var severity = z25.enum(["error", "warning", "note"]);
var finding2 = z25.object({
  rule: z25.string(),
  severity,
  object: z25.object({ kind: z25.string(), namespace: z25.string().nullable(), name: z25.string() }).nullable(),
  container: z25.string().nullable(),
  key: z25.string().nullable(),
  source: z25.string().nullable(),
  message: z25.string(),
  fix: z25.string(),
});
var goal = z25.object({
  release: z25.object({ id: id3, chart: z25.string(), version: z25.string() }).nullable(),
  values: z25.number().int().nullable().describe("version of the Helm values"),
  revision,
});
var change = (of) => z25.object({ from: of.nullable(), to: of.nullable() }).nullable();
var changes = z25.object({
  since: z25.number().int().nullable().describe("number of the deployment that ran before; null: none did"),
  release: change(z25.string()).describe("versions of the chart; null: the same"),
  values: change(z25.number().int()).describe("versions of the Helm values; null: the same"),
  revision: change(revision).describe("revisions of the secrets; null: the same"),
  keys: z25.array(
    z25.object({
      key: z25.string(),
      op: z25.enum(["added", "changed", "removed"]),
      revision: revision.nullable().describe("the change that goes live; null: the key goes back to before it existed"),
      by: z25.string().nullable(),
      at: time3.nullable(),
    }),
  ),
});
var restarts = z25
  .array(
    z25.object({
      kind: z25.string(),
      name: z25.string(),
      effect: z25.enum(["starts", "restarts", "stays"]),
      why: z25.string(),
    }),
  )
  .describe("what the deployment does to each workload that uses the Secret");

// contract/src/fleet.ts
import { z as z26 } from "zod";
var statusState = z26.enum(["never-saved", "not-deployed", "not-live", "rolling", "running", "stale", "unknown"]);
var count2 = z26.number().int().min(0);
var fleet = {
  "status.list": route({
    method: "GET",
    path: "/status",
    kind: "query",
    permission: "deployment:read",
    summary:
      "Every environment as it was last seen, in the order of its making: what is saved, in the cluster and running, what waits, and what is wrong. Clusters are looked at in the background; `observedAt` says when.",
    query: page.extend({ state: statusState.optional().describe("only environments in this state") }),
    output: listOf3(
      z26.object({
        app: z26.string(),
        env: z26.string(),
        kind: z26.enum(["sandbox", "production"]),
        type: z26.enum(["helm", "restart", "process"]),
        connection: z26.string(),
        saved: revision,
        /** As it was last seen; null: absent, not ours, or not seen. */
        inCluster: revision.nullable(),
        running: revision.nullable(),
        state: statusState,
        sentence: z26.string(),
        urgency: z26
          .number()
          .int()
          .min(0)
          .max(3)
          .describe(
            "3: something is wrong; 2: the newest deployment failed, or a change waits; 1: not done yet; 0: well",
          ),
        counts: z26
          .object({ current: count2, stale: count2, ambiguous: count2, drifted: count2, blocked: count2 })
          .describe("instances by verdict"),
        drift: z26.boolean().describe("the Secret is not as Keyroll wrote it"),
        deployment: z26
          .object({
            number: z26.number().int(),
            state: z26.enum(["queued", "active", "running", "failed", "cancelled"]),
            at: time3.describe("its end; while it is under way, its request"),
          })
          .nullable(),
        waiting: z26
          .object({ revision, at: time3, by: z26.string() })
          .nullable()
          .describe("the oldest change that no deployment has taken along"),
        observedAt: time3
          .nullable()
          .describe("when it was seen like this; null: nothing of it is in a cluster, or never"),
        trouble: z26
          .object({ message: z26.string(), since: time3 })
          .nullable()
          .describe("why it cannot be seen now; the figures are those of `observedAt`"),
      }),
    ),
  }),
};

// contract/src/deployments.ts
var stepNames = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"];
var deployment2 = z27.object({
  id: id3,
  number: z27.number().int(),
  state: z27.enum(["queued", "active", "running", "failed", "cancelled"]),
  step: z27.enum(stepNames).nullable(),
  aim: z27.enum(["goal", "fallback"]),
  goal,
  fallback: goal.nullable(),
  ignorePreflight: z27.array(z27.string()).describe("rules of preflight whose errors were passed over on request"),
  reason: z27.enum(["requested", "on-save", "undo"]),
  requestedBy: z27.string(),
  requestedAt: time3,
  startedAt: time3.nullable(),
  endedAt: time3.nullable(),
  /** One sentence for people: what came out, and what is live now. */
  outcome: z27.string().nullable(),
  /** What is live after a failure. */
  live: z27.enum(["unchanged", "goal", "previous", "mixed"]).nullable(),
  helmRevision: z27.number().int().nullable(),
  cancelRequested: z27.boolean(),
});
var journalEvent = z27.object({
  seq: z27.number().int(),
  at: time3,
  deployment: z27.string().nullable(),
  event: z27.discriminatedUnion("type", [
    z27.object({ type: z27.literal("saved"), revision, author: z27.string(), keys: z27.array(z27.string()) }),
    z27.object({ type: z27.literal("requested"), number: z27.number().int(), by: z27.string() }),
    z27.object({
      type: z27.literal("step"),
      step: z27.enum(stepNames),
      aim: z27.enum(["goal", "fallback"]),
      state: z27.enum(["started", "done", "failed"]),
      message: z27.string(),
    }),
    z27.object({ type: z27.literal("intent"), message: z27.string(), facts: z27.record(z27.string(), z27.unknown()) }),
    z27.object({ type: z27.literal("log"), message: z27.string() }),
    z27.object({
      type: z27.literal("progress"),
      workload: z27.string(),
      updated: z27.number().int(),
      ready: z27.number().int(),
      wanted: z27.number().int(),
    }),
    z27.object({
      type: z27.literal("trouble"),
      workload: z27.string(),
      instance: z27.string(),
      container: z27.string().nullable(),
      reason: z27.string(),
      message: z27.string(),
    }),
    z27.object({ type: z27.literal("finding"), finding: finding2 }),
    z27.object({ type: z27.literal("held"), workload: z27.string(), message: z27.string() }),
    driftEvent,
    z27.object({ type: z27.literal("cancel"), by: z27.string() }),
    z27.object({
      type: z27.literal("finished"),
      state: z27.enum(["running", "failed", "cancelled"]),
      message: z27.string(),
    }),
    z27.object({
      type: z27.literal("instance"),
      instance: z27.string(),
      state: z27.enum(["started", "running", "stopped", "lost"]),
      revision,
    }),
  ]),
});
var forceConflicts = z27
  .boolean()
  .default(false)
  .describe("take fields of the chart from other managers that own them (Helm 4 refuses else)");
var instance = z27.object({
  name: z27.string(),
  container: z27.string().nullable(),
  /** Revision that it runs; null when it cannot be told. */
  revision: revision.nullable(),
  /** "42 (its keys unchanged since 39)". */
  unchangedSince: revision.nullable(),
  verdict: z27.enum(["current", "stale", "ambiguous", "drifted", "draining", "blocked", "finished", "in-flight"]),
  evidence: z27.number().int().nullable(),
  reason: z27.string(),
});
var base3 = "/apps/{app}/environments/{env}";
var deployments = {
  "preflight.run": route({
    method: "POST",
    path: `${base3}/preflight`,
    kind: "query",
    permission: "deployment:read",
    summary: "Findings for the next deployment. Changes nothing.",
    input: z27.strictObject({
      release: z27.string().max(100).optional(),
      values: z27
        .string()
        .max(200 * 1024)
        .optional(),
      valuesText: z27
        .string()
        .max(200 * 1024)
        .optional()
        .describe("these Helm values whole, instead of saved ones: what a save would lead to"),
      valuesVersion: z27.union([z27.literal("latest"), z27.number().int().min(0)]).optional(),
      revision: revision.optional(),
    }),
    output: z27.object({
      goal,
      findings: z27.array(finding2),
      fixed: z27.array(z27.string()).describe("rules with errors among these that nobody may pass over"),
      restarts,
      consumers: z27.array(
        z27.object({
          kind: z27.string(),
          name: z27.string(),
          keys: z27.union([z27.literal("all"), z27.array(z27.string())]),
        }),
      ),
    }),
  }),
  "deployments.list": route({
    method: "GET",
    path: `${base3}/deployments`,
    kind: "query",
    permission: "deployment:read",
    summary: "Deployments, newest first.",
    query: page,
    output: listOf3(deployment2),
  }),
  "deployments.request": route({
    method: "POST",
    path: `${base3}/deployments`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "Request a deployment. Its goal is pinned now: release, values and revision.",
    input: z27.strictObject({
      release: z27
        .string()
        .max(100)
        .optional()
        .describe("id or version; `latest`; the last deployed one when absent, else the latest"),
      values: z27
        .string()
        .max(200 * 1024)
        .optional()
        .describe("extra YAML, merged over that version and saved as a new one"),
      revision: revision.optional(),
      valuesVersion: z27
        .union([z27.literal("latest"), z27.number().int().min(0)])
        .optional()
        .describe("version of the Helm values; the running one when absent, else the newest"),
      restart: z27
        .enum(["changed", "all", "none"])
        .default("changed")
        .describe(
          "what restarts: workloads whose own keys changed, all that use the Secret, or none: the Secret is written and somebody else rolls",
        ),
      adopt: z27.boolean().default(false),
      ignorePreflight: z27
        .array(z27.string().max(100))
        .max(50)
        .default([])
        .describe("rules of preflight whose errors do not stop it; recorded with who asked"),
      forceConflicts,
      overwriteDrift: z27
        .boolean()
        .default(false)
        .describe("go on although others changed what was deployed: it is lost"),
      queue: z27.boolean().default(false),
    }),
    output: z27.object({ deployment: deployment2 }),
    status: 201,
    errors: ["deployment_running", "invalid", "not_found", "revision_gone"],
  }),
  "deployments.get": route({
    method: "GET",
    path: `${base3}/deployments/{deployment}`,
    kind: "query",
    permission: "deployment:read",
    summary:
      "One deployment (id, or its number in this environment) with its journal, and what it changes beside what ran before.",
    output: z27.object({
      deployment: deployment2,
      changes,
      journal: z27.array(journalEvent),
      undo: z27
        .object({
          goal,
          kept: z27.array(z27.string()).describe("keys that keep their newest value: the older one is dead"),
        })
        .nullable()
        .describe("what undoing it would deploy; null: nothing ran before it"),
    }),
  }),
  "deployments.cancel": route({
    method: "POST",
    path: `${base3}/deployments/{deployment}/cancel`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "Ask it to stop: before the write nothing changes, after it the previous state comes back.",
    output: z27.object({ deployment: deployment2 }),
    errors: ["in_use"],
  }),
  "deployments.undo": route({
    method: "POST",
    path: `${base3}/deployments/{deployment}/undo`,
    kind: "mutation",
    permission: "deployment:write",
    summary: "A new deployment with the goal that ran before this one: release, values and secrets together.",
    input: z27.strictObject({
      queue: z27.boolean().default(false),
      forceConflicts,
      overwriteDrift: z27.boolean().default(false),
    }),
    output: z27.object({ deployment: deployment2 }),
    status: 201,
    errors: ["deployment_running", "not_deployed", "revision_gone"],
  }),
  "status.get": route({
    method: "GET",
    path: `${base3}/status`,
    kind: "query",
    permission: "deployment:read",
    summary: "Saved / in cluster / running, per workload and instance, with evidence.",
    output: z27.object({
      saved: revision,
      /** Revision marked on the mirror; null: absent or not ours. */
      inCluster: revision.nullable(),
      /** The revision that every instance runs (its keys unchanged since); null: mixed, none, or unknown. */
      running: revision.nullable(),
      state: statusState,
      sentence: z27.string(),
      mirror: z27
        .object({
          exists: z27.boolean(),
          ours: z27.boolean(),
          owner: z27.string().nullable(),
          keys: z27.number().int().nullable(),
        })
        .nullable(),
      workloads: z27.array(
        z27.object({
          kind: z27.string(),
          name: z27.string(),
          held: z27.string().nullable().describe("why nobody restarts it; null: it rolls"),
          note: z27.string().nullable().describe("what else there is to know of it, such as a CronJob's next run"),
          instances: z27.array(instance),
        }),
      ),
      /** What others changed in the cluster since the last deployment, and what the environment does about it. */
      drift: driftStatus,
      deployment: deployment2.nullable(),
      observedAt: time3,
    }),
  }),
  "events.stream": route({
    method: "GET",
    path: `${base3}/events`,
    kind: "query",
    permission: "deployment:read",
    summary: "The journal as server-sent events; resumes by Last-Event-ID.",
    query: z27.object({ after: z27.coerce.number().int().min(0).optional() }),
    /** Each event; `{ seq }` alone is where the journal stands when the stream opens. */
    output: z27.union([journalEvent, z27.object({ seq: z27.number().int() })]),
    stream: true,
  }),
  "instances.report": route({
    method: "PUT",
    path: `${base3}/instances/{instance}`,
    kind: "mutation",
    permission: "secret:export",
    summary: "What `keyroll run --watch` reports every 10 s; gone after 30 s of silence.",
    input: z27.strictObject({
      host: z27.string().max(253),
      pid: z27.number().int().min(1),
      startedAt: time3.nullable(),
      revision,
      keys: z27.union([z27.literal("all"), z27.array(z27.string().max(300)).max(300)]),
      state: z27.enum(["starting", "running", "stopped"]),
      exitCode: z27.number().int().nullable().default(null),
    }),
    output: z27.object({ expires: time3, deployedRevision: revision.nullable() }),
  }),
  "instances.remove": route({
    method: "DELETE",
    path: `${base3}/instances/{instance}`,
    kind: "mutation",
    permission: "secret:export",
    summary: "The command has ended.",
    output: z27.object({}),
  }),
};

// contract/src/drift.ts
import { z as z28 } from "zod";
var path2 = "/apps/{app}/environments/{env}/drift";
var drift = {
  "drift.list": route({
    method: "GET",
    path: path2,
    kind: "query",
    permission: "secret:write",
    summary:
      "What others changed, per key, with who and when: in the store beside the newest revision, in app-secrets and the Helm release beside what was deployed. No values.",
    output: z28.object({
      revision,
      store: z28.string().describe("the store's name"),
      drift: z28.array(
        driftEntry.extend({
          overwrite: z28
            .enum(["store", "cluster"])
            .nullable()
            .describe("where the value to be put back can be read; null: it cannot be put back by itself"),
        }),
      ),
      deployed: revision.nullable().describe("what the cluster is compared with; null: nothing was deployed there"),
      mode: z28.enum(["report", "revert", "ignore"]).describe("what the environment does about drift of the cluster"),
      pausedUntil: time3.nullable(),
      unknown: z28
        .string()
        .nullable()
        .describe("why the cluster could not be asked; what was known before is told then"),
    }),
    errors: ["in_use", "sealed"],
  }),
  "drift.resolve": route({
    method: "POST",
    path: path2,
    kind: "operation",
    progress: true,
    permission: "secret:write",
    summary:
      "Adopt what others did (their values are taken as a new revision, deleted keys are removed; a Helm revision is accepted), or overwrite it (the saved values are put back in the store, the deployed ones in app-secrets).",
    input: z28.strictObject({
      action: z28.enum(["adopt", "overwrite"]),
      place: driftPlace.default("store"),
      keys: z28
        .array(key)
        .max(300)
        .default([])
        .describe(
          "keys of the list; the others stay as they are. None: what concerns the Secret or release as a whole",
        ),
      message: z28.string().trim().max(500).optional(),
      confirmRisky: z28
        .array(key)
        .max(300)
        .default([])
        .describe("risky names such as PATH that are meant to be adopted"),
    }),
    output: saved,
    ifMatch: true,
    etag: "revision",
    errors: [
      "confirmation_required",
      "revision_conflict",
      "not_found",
      "invalid",
      "limit_exceeded",
      "integrity",
      "in_use",
      "sealed",
      "deployment_running",
      "foreign_secret",
      "not_allowed",
      "indeterminate",
    ],
  }),
};

// contract/src/environments.ts
import { z as z29 } from "zod";
var environmentSettings = z29.strictObject({
  /** Who makes pods read new values: the chart's own annotation, ours injected, a patch afterwards, nobody; `auto` decides from the chart. */
  restart: z29.enum(["auto", "chart", "inject", "patch", "off"]).default("auto"),
  /** Deploy by itself after each save. */
  onSave: z29.boolean().default(false),
  /** After a failure: the previous release and secrets again, or leave everything as it is. */
  onFailure: z29.enum(["rollback", "hold"]).default("rollback"),
  /** Seconds a rollout may last. */
  timeoutSeconds: z29.number().int().min(10).max(7200).default(600),
  /** Seconds in which crashes and failed image pulls are waited out. */
  crashGraceSeconds: z29.number().int().min(0).max(3600).default(120),
  /** Seconds between the write of the Secret and the rollout, against lagging kubelet caches (kubernetes/kubernetes#129645). */
  settleSeconds: z29.number().int().min(0).max(30).default(2),
  /** Fail at once on what cannot heal by waiting (a missing key, an impossible image name). */
  failFast: z29.boolean().default(true),
  /** Make the namespace when it does not exist. */
  createNamespace: z29.boolean().default(false),
  /** When others change `app-secrets` or the release: tell and block the next deployment, put it back, or only note it. */
  drift: z29.enum(["report", "revert", "ignore"]).default("report"),
  /** Until when drift is told, but neither blocks nor is put back; at most 30 days ahead. Null: not paused. */
  driftPausedUntil: time3.nullable().default(null),
});
var environment = z29.object({
  id: id3,
  app: z29.string(),
  name: z29.string(),
  kind: z29.enum(["sandbox", "production"]),
  type: z29.enum(["helm", "restart", "process"]),
  connection: z29.string(),
  namespace: z29.string().nullable(),
  releaseName: z29.string().nullable(),
  secretName: z29.string().nullable(),
  /** How the cluster keeps its Secret; null: not looked at yet, or there is none. */
  encryption: encryption2.nullable(),
  settings: environmentSettings,
  store: z29.object({ kind: z29.string(), label: z29.string() }),
  /** Its values are being moved to another store: nothing is saved or deployed meanwhile. */
  moving: z29.boolean(),
  /** The copy that the last move left behind, until it is dropped. */
  movedFrom: z29.object({ connection: z29.string(), label: z29.string(), revision: z29.number().int() }).nullable(),
  createdAt: time3,
  savedRevision: z29.number().int(),
  deployedRevision: z29.number().int().nullable(),
});
var helmValues = z29.object({
  version: z29.number().int().describe("0 = never saved"),
  text: z29.string(),
  savedAt: time3.nullable(),
  savedBy: z29.string().nullable(),
  warnings: z29.array(z29.object({ line: z29.number().int(), message: z29.string() })),
});
var environments = {
  "environments.list": route({
    method: "GET",
    path: "/apps/{app}/environments",
    kind: "query",
    permission: "environment:read",
    summary: "Environments of an app.",
    query: page,
    output: listOf3(environment),
  }),
  "environments.create": route({
    method: "POST",
    path: "/apps/{app}/environments",
    kind: "mutation",
    permission: "environment:write",
    summary: "A new environment. (cluster, namespace, Secret name) belongs to one environment only.",
    input: z29.strictObject({
      name: name2,
      connection: z29.string(),
      kind: z29.enum(["sandbox", "production"]),
      type: z29.enum(["helm", "restart", "process"]).optional(),
      namespace: label3(63).optional(),
      releaseName: label3(53).optional(),
      secretName: secretName.optional(),
      settings: environmentSettings.partial().optional(),
    }),
    output: z29.object({ environment }),
    status: 201,
    errors: ["already_exists", "sealed"],
  }),
  "environments.get": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}",
    kind: "query",
    permission: "environment:read",
    summary: "One environment.",
    output: z29.object({ environment }),
  }),
  "environments.update": route({
    method: "PATCH",
    path: "/apps/{app}/environments/{env}",
    kind: "mutation",
    permission: "environment:write",
    summary: "Change deployment settings.",
    input: z29.strictObject({ settings: environmentSettings.partial() }),
    output: z29.object({ environment }),
    errors: ["invalid"],
  }),
  "environments.remove": route({
    method: "DELETE",
    path: "/apps/{app}/environments/{env}",
    kind: "operation",
    permission: "environment:write",
    summary: "Remove an environment. Refused while something is deployed or saved, unless named explicitly.",
    input: z29.strictObject({
      uninstall: z29.string().optional().describe("the environment's name, typed: uninstalls what is deployed"),
      destroySecrets: z29.string().optional().describe("the environment's name, typed: destroys every saved value"),
    }),
    output: z29.object({}),
    errors: ["confirmation_required", "in_use", "deployment_running"],
  }),
  "environments.moveStore": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/move",
    kind: "operation",
    progress: true,
    permission: "environment:write",
    summary:
      "Copy the values to the store of another connection to the same cluster, compare byte for byte, and switch. The old copy stays. Needs secret:export too.",
    input: z29.strictObject({
      connection: z29.string().describe("name or id of the connection whose store is next"),
      history: z29
        .number()
        .int()
        .min(1)
        .max(1e3)
        .default(1)
        .describe("newest revisions to take along; the deployed one, and all after it, go along anyway"),
      reason: reason2.optional(),
    }),
    output: z29.object({
      environment,
      /** Revisions that can be read in the new store; null: nothing was ever saved. */
      moved: z29
        .object({ oldest: z29.number().int(), newest: z29.number().int(), keys: z29.number().int() })
        .nullable(),
    }),
    errors: [
      "in_use",
      "deployment_running",
      "invalid",
      "limit_exceeded",
      "confirmation_required",
      "reauth_required",
      "revision_conflict",
      "sealed",
    ],
  }),
  "environments.moveBack": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/back",
    kind: "operation",
    permission: "environment:write",
    summary: "Switch back to the copy that the last move left behind, while nothing was saved since.",
    input: z29.strictObject({ reason: reason2.optional() }),
    output: z29.object({ environment }),
    errors: [
      "in_use",
      "deployment_running",
      "revision_conflict",
      "not_found",
      "confirmation_required",
      "reauth_required",
    ],
  }),
  "environments.dropOldStore": route({
    method: "POST",
    path: "/apps/{app}/environments/{env}/store/drop",
    kind: "operation",
    permission: "environment:write",
    summary: "Destroy the copy that the last move left behind, for good.",
    input: z29.strictObject({ confirm: z29.string().optional().describe("the environment's name, typed") }),
    output: z29.object({ environment }),
    errors: ["confirmation_required", "not_found", "in_use"],
  }),
  "values.get": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}/values",
    kind: "query",
    permission: "environment:read",
    summary: "Helm values (YAML text) of the environment: the newest, or those of an older version.",
    query: z29.object({ version: z29.coerce.number().int().min(1).optional() }),
    output: helmValues,
    etag: "version",
  }),
  "values.history": route({
    method: "GET",
    path: "/apps/{app}/environments/{env}/values/history",
    kind: "query",
    permission: "environment:read",
    summary: "Versions of the Helm values, newest first: who and when.",
    query: page,
    output: listOf3(
      z29.object({
        version: z29.number().int(),
        bytes: z29.number().int(),
        savedAt: time3,
        savedBy: z29.string(),
      }),
    ),
  }),
  "values.put": route({
    method: "PUT",
    path: "/apps/{app}/environments/{env}/values",
    kind: "mutation",
    permission: "environment:write",
    summary: "Save new Helm values as a new version. They are not secret: secret-looking text is warned about.",
    input: z29.strictObject({ text: z29.string().max(200 * 1024) }),
    output: helmValues,
    ifMatch: true,
    etag: "version",
    errors: ["revision_conflict"],
  }),
};

// contract/src/operations.ts
import { z as z30 } from "zod";
var operationView = z30.object({
  id: id3,
  state: z30.enum(["running", "done", "failed", "recovered"]),
  /** Share that is done, 0 to 1. */
  share: z30.number().min(0).max(1),
  /** `running`: the values that are written, of how many, and about how long the rest takes, as far as it is known. */
  progress: z30
    .object({
      written: z30.int().nonnegative(),
      of: z30.int().nonnegative(),
      secondsLeft: z30.int().positive().nullable(),
    })
    .nullable(),
  begunAt: time3,
  settledAt: time3.nullable(),
  cancelRequested: z30.boolean(),
  /** `done`: what the request would have answered at once. */
  result: z30.unknown(),
  /** `failed`: the problem that it would have answered (RFC 9457, with its `status`). */
  problem: z30.record(z30.string(), z30.unknown()).nullable(),
  /** `recovered`: the server died during it; what was found afterwards, in a sentence. */
  message: z30.string().nullable(),
});
var accepted = z30.object({ operation: operationView });
var path3 = "/apps/{app}/environments/{env}/operations/{operation}";
var operations = {
  "operations.get": route({
    method: "GET",
    path: path3,
    kind: "query",
    permission: "secret:write",
    summary: "A request that was answered with 202: how far it is, or what came out.",
    output: accepted,
  }),
  "operations.cancel": route({
    method: "DELETE",
    path: path3,
    kind: "mutation",
    permission: "secret:write",
    summary: "Ask it to stop. What it answers then says whether it was in time: a save is whole or absent.",
    output: accepted,
    errors: ["in_use"],
  }),
};

// contract/src/search.ts
import { z as z31 } from "zod";
var search = {
  "search.keys": route({
    method: "GET",
    path: "/search",
    kind: "query",
    permission: "secret:list",
    summary:
      "Saved keys by a part of their name, in every environment that the caller may list: equal names first, then those that begin so, then the others. Upper and lower case alike; never values.",
    query: page.extend({
      key: z31.string().trim().min(1).max(253).describe("a part of the key's name"),
      // A cursor holds a key, which may have 253 characters.
      cursor: z31.string().max(400).optional(),
    }),
    output: listOf3(
      z31.object({
        key: z31.string(),
        app: z31.string(),
        env: z31.string(),
        kind: z31.enum(["sandbox", "production"]),
        /** Revision in which its value was saved. */
        revision,
        state: keyState,
        changedAt: time3,
        changedBy: z31.string(),
      }),
    ),
  }),
};

// contract/src/index.ts
var routes = {
  ...access,
  ...apps,
  ...connections,
  ...environments,
  ...secrets2,
  ...across2,
  ...drift,
  ...search,
  ...operations,
  ...deployments,
  ...fleet,
};
var apiBase = "/api/v1";

// server/src/database/journal.ts
var appendJournal = async (tx, environmentId, deploymentId, at3, event) => {
  const { journal_seq: seq } = await tx
    .updateTable("environments")
    .set((e) => ({ journal_seq: e("journal_seq", "+", 1) }))
    .where("id", "=", environmentId)
    .returning("journal_seq")
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("journal")
    .values({ environment_id: environmentId, seq, deployment_id: deploymentId, at: at3, event: JSON.stringify(event) })
    .execute();
  return seq;
};
var parseJson2 = (text4) => JSON.parse(text4);
var rowOf = (row) =>
  journalEvent.parse({ seq: row.seq, at: row.at, deployment: row.deployment_id, event: parseJson2(row.event) });
var readJournal = async (db, environmentId, after, limit) => {
  const rows = await db
    .selectFrom("journal")
    .select(["seq", "at", "deployment_id", "event"])
    .where("environment_id", "=", environmentId)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(rowOf);
};
var deploymentJournal = async (db, deploymentId) => {
  const rows = await db
    .selectFrom("journal")
    .select(["seq", "at", "deployment_id", "event"])
    .where("deployment_id", "=", deploymentId)
    .orderBy("seq")
    .execute();
  return rows.map(rowOf);
};

// server/src/database/retention.ts
import { z as z33 } from "zod";

// server/src/database/deployed-goals.ts
import { z as z32 } from "zod";
var goalType = z32.object({
  revision: z32.number(),
  keep: z32.array(z32.string()).default([]),
  keepFrom: z32.number().nullable().default(null),
});
var revisionsOf = (goal2) => {
  if (goal2 === null) return [];
  const { revision: revision2, keepFrom } = goalType.parse(JSON.parse(goal2));
  return keepFrom === null ? [revision2] : [revision2, keepFrom];
};
var runsOf = (db, environmentId) =>
  db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .where("deployments.environment_id", "=", environmentId)
    .orderBy("deployments.number", "desc");
var runningRevisions = async (db, environmentId) => {
  const row = await runsOf(db, environmentId)
    .select("deployments.goal")
    .where("deployment_runs.verdict", "=", "running")
    .limit(1)
    .executeTakeFirst();
  return revisionsOf(row?.goal ?? null);
};
var publishedGoal = async (db, environmentId) => {
  const row = await runsOf(db, environmentId)
    .select(["deployments.goal", "deployments.fallback", "deployment_runs.live"])
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .executeTakeFirst();
  if (row === void 0) return null;
  const goal2 = row.live === "previous" && row.fallback !== null ? row.fallback : row.goal;
  return goalType.parse(JSON.parse(goal2));
};
var publishedRevision = async (db, environmentId) => (await publishedGoal(db, environmentId))?.revision ?? null;
var unfinishedNumber = async (db, environmentId) => {
  const rows = await runsOf(db, environmentId)
    .select("deployments.number")
    .where("deployment_runs.state", "!=", "done")
    .execute();
  return rows.at(-1)?.number ?? null;
};

// server/src/database/retention.ts
var factsType = z33.object({ leavingFrom: z33.number().nullable().default(null) });
var revisionsWith = async (db, environmentId, keys2) => {
  if (keys2.length === 0) return [];
  const changes2 = await db
    .selectFrom("revision_changes")
    .select(["key", "revision", "op"])
    .where("environment_id", "=", environmentId)
    .where("key", "in", keys2)
    .orderBy("revision", "desc")
    .execute();
  const rows = await db
    .selectFrom("revisions")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .where("readable", "=", 1)
    .execute();
  const holds2 = (key2, revision2) => {
    const last = changes2.find((change2) => change2.key === key2 && change2.revision <= revision2);
    return last !== void 0 && last.op !== "removed";
  };
  return rows
    .map(({ revision: revision2 }) => revision2)
    .filter((revision2) => keys2.some((key2) => holds2(key2, revision2)));
};
var refuseGone = async (db, environmentId, revision2) => {
  const row = await db
    .selectFrom("revisions")
    .select("readable")
    .where("environment_id", "=", environmentId)
    .where("revision", "=", revision2 ?? 0)
    .executeTakeFirst();
  if (row?.readable !== 0) return;
  throw new KeyrollError("revision_gone", `The values of revision ${revision2} are gone from the store.`, {
    field: "revision",
    actual: revision2 ?? 0,
    changed: false,
  });
};
var liveRevisions = async (db, environmentId) => {
  const rows = () => runsOf(db, environmentId).select(["deployments.goal", "deployments.fallback"]);
  const open2 = await rows().where("deployment_runs.state", "in", ["queued", "active"]).execute();
  const running2 = await rows().where("deployment_runs.verdict", "=", "running").limit(1).execute();
  const published = await publishedRevision(db, environmentId);
  return /* @__PURE__ */ new Set([
    ...open2.flatMap(({ goal: goal2, fallback }) => [...revisionsOf(goal2), ...revisionsOf(fallback)]),
    ...running2.flatMap(({ goal: goal2 }) => revisionsOf(goal2)),
    ...(published === null ? [] : [published]),
  ]);
};
var neededRevisions = async (db, environmentId) => {
  const rows = () =>
    runsOf(db, environmentId).select(["deployments.goal", "deployments.fallback", "deployment_runs.facts"]);
  const found = [
    ...(await rows().where("deployment_runs.state", "in", ["queued", "active"]).execute()),
    ...(await rows().limit(1).execute()),
    ...(await rows().where("deployment_runs.verdict", "=", "running").limit(2).execute()),
    ...(await rows().where("deployment_runs.live", "in", ["goal", "previous", "mixed"]).limit(1).execute()),
  ];
  const written = await db
    .selectFrom("writes")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1)
    .execute();
  const reported = await db
    .selectFrom("instances")
    .select("revision")
    .distinct()
    .where("environment_id", "=", environmentId)
    .execute();
  return new Set(
    [
      ...found.flatMap(({ goal: goal2, fallback, facts: facts3 }) => [
        ...revisionsOf(goal2),
        ...revisionsOf(fallback),
        factsType.parse(JSON.parse(facts3)).leavingFrom ?? 0,
      ]),
      ...[...written, ...reported].map(({ revision: revision2 }) => revision2 ?? 0),
    ].filter((revision2) => revision2 > 0),
  );
};
var setDue = async (db, environmentId, at3) => {
  await db
    .insertInto("retention")
    .values({ environment_id: environmentId, due_at: at3 })
    .onConflict((conflict2) => conflict2.column("environment_id").doUpdateSet({ due_at: at3 }))
    .execute();
};

// server/src/database/retired.ts
var retiredSince = async (db, environmentId, older, newer) => {
  const rows = await db
    .selectFrom("revision_changes")
    .select("key")
    .distinct()
    .where("environment_id", "=", environmentId)
    .where("revision", ">", older)
    .where("revision", "<=", newer)
    .where("retires_old", "=", 1)
    .execute();
  return rows.map(({ key: key2 }) => key2).toSorted();
};

// server/src/features/held-store.ts
var holdStore = async (tx, dialect, environment2) => {
  const rows = tx.selectFrom("environments").select(["moving", "connection_id"]).where("id", "=", environment2.id);
  const row = await (dialect === "postgres" ? rows.forUpdate() : rows).executeTakeFirst();
  if (row === void 0) throw new KeyrollError("not_found", `\`${environment2.name}\` was removed meanwhile.`);
  if (row.moving !== null) throw isMoving(environment2.name);
  if (row.connection_id !== environment2.connectionId)
    throw new KeyrollError("in_use", `The values of \`${environment2.name}\` have just moved to another store.`, {
      next: "Send it again; nothing was changed.",
      changed: false,
    });
};
var isMoving = (name3) =>
  new KeyrollError("in_use", `The values of \`${name3}\` are being moved to another store.`, {
    next: "Try again when that is over: `keyroll env show` says so. Nothing was changed.",
    changed: false,
  });

// server/src/features/deployments/goal.ts
import { z as z34 } from "zod";
var goalType2 = z34.object({
  release: z34.object({ id: z34.string(), chart: z34.string(), version: z34.string() }).nullable(),
  values: z34.number().int().nullable(),
  revision: z34.number().int(),
  /** Keys that keep the value of `keepFrom`, because their older one is known to be dead. */
  keep: z34.array(z34.string()).default([]),
  keepFrom: z34.number().int().nullable().default(null),
});
var optionsType = z34.object({
  adopt: z34.boolean(),
  /** Go on although others changed what was deployed. */
  overwriteDrift: z34.boolean().default(false),
  /** What restarts; `none`: the Secret is written and the deployment ends "in cluster". */
  restart: z34.enum(["changed", "all", "none"]),
  /** Rules of preflight whose errors somebody chose to pass over. */
  ignorePreflight: z34.array(z34.string()).readonly().default([]),
  /** Fields that other managers own are taken from them (Helm 4). */
  forceConflicts: z34.boolean().default(false),
});
var factsType2 = z34.object({
  /** resourceVersion of the mirror, or "absent", as the write expects it. */
  expect: z34.string().nullable().default(null),
  /** Something in the cluster may have been changed already. */
  written: z34.boolean().default(false),
  /** Keys that stay in the Secret until the rollout is over, and the revision that holds their values. */
  leaving: z34.array(z34.string()).default([]),
  leavingFrom: z34.number().int().nullable().default(null),
  restart: z34
    .object({
      how: z34.enum(["chart", "inject", "patch", "off"]),
      marks: z34.array(z34.object({ kind: z34.string(), name: z34.string(), mark: z34.string() })).readonly(),
    })
    .nullable()
    .default(null),
  /** Workloads whose chart makes other pods at each deployment; not `sure`: that cannot be told from its text. */
  triggers: z34.array(z34.object({ kind: z34.string(), name: z34.string(), sure: z34.boolean() })).default([]),
  /** What the target was told to roll already: a dead run may have left it half done. */
  rolling: z34.enum(["goal", "fallback"]).nullable().default(null),
  /** Workloads that somebody holds back on purpose. */
  held: z34.array(z34.string()).default([]),
  /** Which pods were there after the newest write: what came later read it, whatever the clocks say. */
  look: z34
    .object({ afterResourceVersion: z34.string(), pods: z34.array(z34.string()) })
    .nullable()
    .default(null),
  /** What uses the Secret, runs older values and cannot be rolled by anybody, with the reason. */
  left: z34.array(z34.string()).default([]),
  /** Containers or processes that were proven to run the goal; null: not proven yet, or not asked for. */
  users: z34.number().int().nullable().default(null),
  /** Why the goal failed, while the fallback is on its way. */
  failure: z34.string().nullable().default(null),
  cancelled: z34.boolean().default(false),
});
var stepNames2 = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"];
var isStepName = (text4) => stepNames2.some((name3) => name3 === text4);

// server/src/features/deployments/pin.ts
import { stringify as stringify3 } from "yaml";

// server/src/features/store-numbers.ts
import { z as z35 } from "zod";
var numbersType = z35.object({
  /** What the store's own number of a revision lacks to the number that people know. */
  offset: z35.number().int(),
  /** The store's own number of the oldest revision that was moved there. */
  first: z35.number().int(),
  /** [key, revision]: since when the values of that oldest revision are what they are. */
  written: z35.array(z35.tuple([z35.string(), z35.number().int()])),
});
var readNumbers = (text4) => (text4 === null ? null : numbersType.parse(JSON.parse(text4)));
var gone = (at3, cause) =>
  new KeyrollError(
    "revision_gone",
    `Revision ${at3} cannot be read any more.`,
    { actual: at3 },
    cause === void 0 ? {} : { cause },
  );
var numbered = (store, numbers) => {
  if (numbers === null) return store;
  const { offset, first } = numbers;
  const written = new Map(numbers.written);
  const entryOf2 = (entry3) => ({
    ...entry3,
    revision: (entry3.revision === first ? written.get(entry3.key) : void 0) ?? entry3.revision + offset,
  });
  const manifestOf3 = (manifest) => (manifest === null || manifest.revision < first ? null : known4(manifest));
  const known4 = (manifest) => ({
    ...manifest,
    revision: manifest.revision + offset,
    entries: new Map([...manifest.entries].map(([key2, entry3]) => [key2, entryOf2(entry3)])),
  });
  const inStore2 = (revision2) => (revision2 === 0 ? 0 : revision2 - offset);
  return {
    manifest: async ({ at: at3, atLeast, toSave } = {}) => {
      if (at3 !== void 0)
        return inStore2(at3) < first ? null : manifestOf3(await store.manifest({ at: inStore2(at3) }));
      return manifestOf3(
        await store.manifest({
          ...(atLeast === void 0 ? {} : { atLeast: Math.max(0, inStore2(atLeast)) }),
          ...(toSave === void 0 ? {} : { toSave }),
        }),
      );
    },
    read: async (at3, keys2) => {
      if (inStore2(at3) < first) throw gone(at3);
      try {
        return await store.read(inStore2(at3), keys2);
      } catch (error) {
        throw error instanceof KeyrollError && error.code === "revision_gone" ? gone(at3, error) : error;
      }
    },
    commit: async (commit, options) => {
      const made = await store.commit({ ...commit, expect: inStore2(commit.expect) }, options);
      return "done" in made ? { done: known4(made.done) } : { conflict: manifestOf3(made.conflict) };
    },
    revisions: async ({ before, limit }) => {
      const found = await store.revisions({ limit, ...(before === void 0 ? {} : { before: inStore2(before) }) });
      return found
        .filter(({ revision: revision2 }) => revision2 >= first)
        .map((info) => ({ ...info, revision: info.revision + offset }));
    },
    upkeep: {
      ...store.upkeep,
      inspect: async (ask3) =>
        (await store.upkeep.inspect(ask3)).map((drift2) => ({
          ...drift2,
          savedIn: drift2.savedIn === null ? null : drift2.savedIn + offset,
        })),
      prune: async (keep2, fence) => await store.upkeep.prune(new Set([...keep2].map(inStore2)), fence),
      purge: async (keys2, revisions) => await store.upkeep.purge(keys2, new Set([...revisions].map(inStore2))),
    },
  };
};

// server/src/features/host.ts
var scopeOf = (app2, environment2) => ({
  appId: app2.id,
  app: app2.name,
  environmentId: environment2.id,
  environment: environment2.name,
  slot: "live",
});
var storeAt = (host, place3, scope2, tx = null) => {
  const inScope = tx === null ? host : { ...host, localRows: (id4) => localRows(tx, id4) };
  const store = host.stores.open(place3.storeKind, JSON.parse(place3.storeSettings), scope2, inScope);
  return numbered(store, place3.storeNumbers);
};
var storeOf = (host, app2, environment2, tx = null) => storeAt(host, environment2, scopeOf(app2, environment2), tx);

// server/src/features/newest-manifest.ts
var recordedRevision = async (db, environmentId) => {
  const row = await db
    .selectFrom("revisions")
    .select((e) => e.fn.max("revision").as("revision"))
    .where("environment_id", "=", environmentId)
    .executeTakeFirst();
  return row?.revision ?? 0;
};
var missing3 = ({ host, app: app2, environment: environment2 }, saved2, shown) => {
  const kind2 = host.stores.kind(environment2.storeKind);
  const facts3 = Object.entries(host.stores.place(kind2.kind, JSON.parse(environment2.storeSettings))).flatMap(
    ([name3, value2]) => (typeof value2 === "string" ? [`${name3} \`${value2}\``] : []),
  );
  const where = [kind2.label, ...facts3].join(", ");
  return new KeyrollError(
    "integrity",
    `Revision ${saved2} of ${app2.name} / ${environment2.name} was saved, but ${where} shows ${shown === 0 ? "nothing" : `only revision ${shown}`} of it.`,
    {
      limit: shown,
      actual: saved2,
      next: "Check that the server's credentials are of the account that holds the values (`keyroll connection check`). If they were deleted there, restore them from a backup.",
      changed: false,
    },
  );
};
var newestManifest = async (
  db,
  where,
  { store = storeOf(where.host, where.app, where.environment), atLeast = 0, toSave } = {},
) => {
  const saved2 = await recordedRevision(db, where.environment.id);
  const manifest = await store.manifest({
    atLeast: Math.max(saved2, atLeast),
    ...(toSave === void 0 ? {} : { toSave }),
  });
  if ((manifest?.revision ?? 0) < saved2) throw missing3(where, saved2, manifest?.revision ?? 0);
  return manifest;
};

// server/src/features/deployments/merge-values.ts
import { parseDocument as parseDocument4 } from "yaml";
var isMap = (value2) => typeof value2 === "object" && value2 !== null && !Array.isArray(value2);
var readValuesMap = (text4) => {
  const document = parseDocument4(text4, { version: "1.1", merge: true, uniqueKeys: true });
  const value2 = document.errors.length === 0 ? document.toJS({ maxAliasCount: 100 }) : void 0;
  if (document.errors.length === 0 && (value2 === null || value2 === void 0)) return {};
  if (isMap(value2)) return value2;
  throw new KeyrollError("invalid", "The extra Helm values are not a YAML map.", { field: "values", changed: false });
};
var mergeValues = (base4, over) => {
  const merged = new Map(Object.entries(base4));
  for (const [key2, value2] of Object.entries(over)) {
    const below = merged.get(key2);
    if (value2 === null) merged.delete(key2);
    else merged.set(key2, isMap(below) && isMap(value2) ? mergeValues(below, value2) : value2);
  }
  return Object.fromEntries(merged);
};

// server/src/features/deployments/queries.ts
import { z as z36 } from "zod";
var joined2 = (db) =>
  db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .selectAll();
var requester = z36.object({ name: z36.string() });
var rowOf2 = (row) => ({
  id: row.id,
  environmentId: row.environment_id,
  number: row.number,
  goal: goalType2.parse(JSON.parse(row.goal)),
  fallback: row.fallback === null ? null : goalType2.parse(JSON.parse(row.fallback)),
  options: optionsType.parse(JSON.parse(row.options)),
  reason: row.reason,
  requestedBy: requester.parse(JSON.parse(row.requested_by)).name,
  requestedAt: row.requested_at,
  aim: row.aim === "fallback" ? "fallback" : "goal",
  step: isStepName(row.step) ? row.step : "observe",
  state: row.state === "queued" || row.state === "active" ? row.state : "done",
  verdict: row.verdict,
  live: row.live,
  outcome: row.outcome,
  helmRevision: row.helm_revision,
  cancelRequested: row.cancel_requested === 1,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  facts: factsType2.parse(JSON.parse(row.facts)),
});
var deploymentById = async (db, id4) => {
  const row = await joined2(db).where("deployments.id", "=", id4).executeTakeFirst();
  return row === void 0 ? null : rowOf2(row);
};
var newestDeployments = async (db, environmentId, before, limit) => {
  let rows = joined2(db).where("deployments.environment_id", "=", environmentId);
  if (before !== null) rows = rows.where("deployments.number", "<", before);
  return (await rows.orderBy("deployments.number", "desc").limit(limit).execute()).map(rowOf2);
};
var unfinishedDeployment = async (db, environmentId) => {
  const row = await joined2(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.state", "!=", "done")
    .orderBy("deployments.number")
    .limit(1)
    .executeTakeFirst();
  return row === void 0 ? null : rowOf2(row);
};
var lastRunning = async (db, environmentId, before = null) => {
  let rows = joined2(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.verdict", "=", "running");
  if (before !== null) rows = rows.where("deployments.number", "<", before);
  const row = await rows.orderBy("deployments.number", "desc").limit(1).executeTakeFirst();
  return row === void 0 ? null : rowOf2(row);
};
var keptKeys = async (db, environmentId) => {
  const row = await joined2(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .orderBy("deployments.number", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === void 0) return /* @__PURE__ */ new Set();
  const { aim, goal: goal2, fallback } = rowOf2(row);
  return new Set((aim === "fallback" && fallback !== null ? fallback : goal2).keep);
};
var findDeployment = async (db, environmentId, idOrNumber) => {
  const rows = joined2(db).where("deployments.environment_id", "=", environmentId);
  const asNumber = /^\d{1,15}$/u.test(idOrNumber);
  const row = await (
    asNumber ? rows.where("deployments.number", "=", Number(idOrNumber)) : rows.where("deployments.id", "=", idOrNumber)
  ).executeTakeFirst();
  if (row === void 0) {
    throw new KeyrollError("not_found", `There is no deployment \`${idOrNumber.slice(0, 64)}\` in this environment.`, {
      field: "deployment",
      next: "`keyroll deployments` lists them.",
    });
  }
  return rowOf2(row);
};
var stateOf = (row) => {
  if (row.state !== "done") return row.state;
  return row.verdict === "running" || row.verdict === "cancelled" ? row.verdict : "failed";
};
var liveOf = (text4) =>
  text4 === "unchanged" || text4 === "goal" || text4 === "previous" || text4 === "mixed" ? text4 : null;
var goalView = ({ release: release2, values, revision: revision2 }) => ({
  release: release2,
  values,
  revision: revision2,
});
var deploymentView = (row) => ({
  id: row.id,
  number: row.number,
  state: stateOf(row),
  step: row.state === "active" ? row.step : null,
  aim: row.aim,
  goal: goalView(row.goal),
  fallback: row.fallback === null ? null : goalView(row.fallback),
  ignorePreflight: [...row.options.ignorePreflight],
  reason: row.reason === "on-save" || row.reason === "undo" ? row.reason : "requested",
  requestedBy: row.requestedBy,
  requestedAt: row.requestedAt,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
  outcome: row.outcome,
  live: row.state === "done" ? liveOf(row.live) : null,
  helmRevision: row.helmRevision,
  cancelRequested: row.cancelRequested,
});

// server/src/features/deployments/pin.ts
var pinRevision = async (tx, environment2, asked) => {
  const last = await recordedRevision(tx, environment2.id);
  if (asked !== void 0 && (asked > last || asked < 1)) {
    throw new KeyrollError("not_found", `There is no revision ${asked}; the newest is ${last}.`, {
      field: "revision",
      limit: last,
      actual: asked,
    });
  }
  return asked ?? last;
};
var pinRelease = async (db, app2, environment2, asked) => {
  if (environment2.type !== "helm") {
    if (asked !== void 0)
      throw new KeyrollError("invalid", `An environment of type ${environment2.type} has no releases.`, {
        field: "release",
      });
    return null;
  }
  const running2 = (await lastRunning(db, environment2.id))?.goal.release ?? null;
  if (asked === void 0 && running2 !== null) return running2;
  const rows = await db
    .selectFrom("releases")
    .select(["id", "chart", "version"])
    .where("app_id", "=", app2.id)
    .orderBy("id", "desc")
    .execute();
  const row =
    asked === void 0 || asked === "latest" ? rows[0] : rows.find((one) => one.id === asked || one.version === asked);
  if (row !== void 0) return row;
  const near = nearest(
    asked ?? "",
    rows.map((one) => one.version),
  );
  throw new KeyrollError(
    "not_found",
    rows.length === 0 ? `No chart was pushed for app \`${app2.name}\`.` : `There is no release \`${asked ?? ""}\`.`,
    {
      field: "release",
      next:
        rows.length === 0
          ? "Push one: `keyroll release push DIR`."
          : near === null
            ? "`keyroll release ls` shows them."
            : `Did you mean \`${near}\`?`,
    },
  );
};
var chosenValues = async (db, environment2, wanted) => {
  const rows = db
    .selectFrom("helm_values")
    .select(["version", "text", "saved_by"])
    .where("environment_id", "=", environment2.id)
    .orderBy("version", "desc");
  const newest = await rows.limit(1).executeTakeFirst();
  const last = newest?.version ?? 0;
  const running2 = (await lastRunning(db, environment2.id))?.goal.values ?? null;
  const version4 = wanted.version === "latest" ? last : (wanted.version ?? running2 ?? last);
  if (version4 > last)
    throw new KeyrollError("not_found", `There are no Helm values ${version4}; the newest are ${last}.`, {
      field: "valuesVersion",
      limit: last,
      actual: version4,
    });
  if (wanted.extra !== void 0 && wanted.version === void 0 && version4 !== last) {
    throw new KeyrollError(
      "confirmation_required",
      `Helm values ${last}, saved by ${newest?.saved_by ?? "somebody"}, do not run yet; running are ${version4}.`,
      {
        field: "valuesVersion",
        next: `Say which the change is made on: --values latest takes them along, --values ${version4} leaves them out.`,
        changed: false,
      },
    );
  }
  const row = version4 === last ? newest : await rows.where("version", "=", version4).executeTakeFirst();
  return { version: version4, text: row?.text ?? "", newest: last };
};
var pinValues = async (tx, environment2, wanted, actor, now) => {
  if (environment2.type !== "helm") return null;
  const { version: version4, text: text4, newest } = await chosenValues(tx, environment2, wanted);
  if (wanted.extra === void 0) return version4;
  const merged = stringify3(mergeValues(readValuesMap(text4), readValuesMap(wanted.extra)));
  await tx
    .insertInto("helm_values")
    .values({
      environment_id: environment2.id,
      version: newest + 1,
      text: merged,
      saved_at: now,
      saved_by: actor.name,
    })
    .execute();
  return newest + 1;
};

// server/src/features/deployments/insert.ts
var insertDeployment = async (tx, host, wanted) => {
  const { environment: environment2, goal: goal2, actor, now } = wanted;
  const { deployment_seq: number3, moving } = await tx
    .updateTable("environments")
    .set((e) => ({ deployment_seq: e("deployment_seq", "+", 1) }))
    .where("id", "=", environment2.id)
    .returning(["deployment_seq", "moving"])
    .executeTakeFirstOrThrow();
  if (moving !== null) throw isMoving(environment2.name);
  await refuseGone(tx, environment2.id, goal2.revision);
  const other = await unfinishedDeployment(tx, environment2.id);
  if (other !== null && !wanted.queue) {
    throw new KeyrollError(
      "deployment_running",
      `Deployment ${other.number} is ${other.state === "active" ? `running (step ${other.step})` : "queued"}.`,
      {
        actual: other.number,
        next: `Wait for it (\`keyroll deployment ${other.number}\`), cancel it (\`keyroll cancel ${other.number}\`), or add --queue.`,
        changed: false,
      },
    );
  }
  const last = await lastRunning(tx, environment2.id);
  const keep2 = last === null ? [] : await retiredSince(tx, environment2.id, last.goal.revision, goal2.revision);
  const fallback =
    last === null
      ? null
      : {
          ...last.goal,
          keep: [.../* @__PURE__ */ new Set([...last.goal.keep, ...keep2])],
          keepFrom: keep2.length === 0 ? last.goal.keepFrom : goal2.revision,
        };
  const id4 = host.random.id();
  await tx
    .insertInto("deployments")
    .values({
      id: id4,
      environment_id: environment2.id,
      number: number3,
      goal: JSON.stringify(goal2),
      fallback: fallback === null ? null : JSON.stringify(fallback),
      options: JSON.stringify(wanted.options),
      reason: wanted.reason,
      requested_by: JSON.stringify({ kind: actor.kind, id: actor.id, name: actor.name }),
      requested_at: now,
    })
    .execute();
  await tx
    .insertInto("deployment_runs")
    .values({
      deployment_id: id4,
      environment_id: environment2.id,
      aim: "goal",
      step: "observe",
      state: "queued",
      verdict: null,
      live: null,
      outcome: null,
      helm_revision: null,
      cancel_requested: 0,
      started_at: null,
      ended_at: null,
      facts: JSON.stringify(factsType2.parse({})),
    })
    .execute();
  await appendJournal(tx, environment2.id, id4, now, { type: "requested", number: number3, by: actor.name });
  await host.jobs.wake("deployments", environment2.id, tx);
  return id4;
};
var deployOnSave = (host) => async (tx, request) => {
  const { app: app2, environment: environment2, actor, revision: revision2 } = request;
  const now = host().clock.now();
  const release2 = await pinRelease(tx, app2, environment2, void 0);
  const values = await pinValues(tx, environment2, {}, actor, now);
  return await insertDeployment(tx, host(), {
    environment: environment2,
    goal: { release: release2, values, revision: revision2, keep: [], keepFrom: null },
    options: optionsType.parse({ adopt: false, restart: "changed" }),
    reason: "on-save",
    actor,
    now,
    queue: true,
  });
};

// server/src/database/leases.ts
import { sql as sql3 } from "kysely";
var databaseTime2 = async (host, db) => {
  if (host.dialect === "sqlite") return host.clock.now();
  const { rows } = await sql3`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
  return rows[0]?.now ?? host.clock.now();
};
var locked = (host, tx, scope2) => {
  const row = tx.selectFrom("leases").selectAll().where("scope", "=", scope2);
  return host.dialect === "postgres" ? row.forUpdate() : row;
};
var acquireLease = async (host, scope2, holder, ms) =>
  await host.db.transaction().execute(async (tx) => {
    await tx
      .insertInto("leases")
      .values({ scope: scope2, holder: "", fence: 0, expires_at: 0 })
      .onConflict((conflict2) => conflict2.column("scope").doNothing())
      .execute();
    const row = await locked(host, tx, scope2).executeTakeFirstOrThrow();
    const now = await databaseTime2(host, tx);
    if (row.holder !== "" && row.expires_at > now) return null;
    const fence = row.fence + 1;
    await tx
      .updateTable("leases")
      .set({ holder, fence, expires_at: now + ms })
      .where("scope", "=", scope2)
      .execute();
    return { scope: scope2, holder, fence };
  });
var heldScopes = async (host, scopes) => {
  if (scopes.length === 0) return /* @__PURE__ */ new Set();
  const rows = await host.db
    .selectFrom("leases")
    .select("scope")
    .where("scope", "in", scopes)
    .where("holder", "!=", "")
    .where("expires_at", ">", await databaseTime2(host, host.db))
    .execute();
  return new Set(rows.map(({ scope: scope2 }) => scope2));
};
var renewLease = async (host, lease, ms) => {
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const now = await databaseTime2(host, tx);
    await tx
      .updateTable("leases")
      .set({ expires_at: now + ms })
      .where("scope", "=", lease.scope)
      .execute();
  });
};
var requireLease = async (host, tx, lease) => {
  const row = await locked(host, tx, lease.scope).executeTakeFirst();
  const now = await databaseTime2(host, tx);
  if (row?.holder !== lease.holder || row.fence !== lease.fence || row.expires_at <= now) {
    throw new KeyrollError("lease_lost", `Another worker holds ${lease.scope}.`);
  }
};
var releaseLease = async (host, lease) => {
  await host.db
    .updateTable("leases")
    .set({ holder: "", expires_at: 0 })
    .where("scope", "=", lease.scope)
    .where("holder", "=", lease.holder)
    .where("fence", "=", lease.fence)
    .execute();
};

// server/src/features/connection-credentials.ts
import { z as z37 } from "zod";
var credential = z37.object({
  server: z37.string(),
  ca: z37.string().nullable(),
  identity: z37.discriminatedUnion("kind", [
    z37.object({ kind: z37.literal("token"), token: z37.string() }),
    z37.object({ kind: z37.literal("certificate"), cert: z37.string(), key: z37.string() }),
    z37.object({ kind: z37.literal("in-cluster") }),
    z37.object({
      kind: z37.literal("eks"),
      name: z37.string(),
      region: z37.string(),
      roleArn: z37.string().nullable(),
      externalId: z37.string().nullable(),
    }),
  ]),
  tlsServerName: z37.string().nullable(),
});
var credentials2 = z37.object({ keyroll: credential, helm: credential.nullable() });
var context = (id4) => `connection:${id4}`;
var wrapCredentials = async (host, id4, plain3) =>
  await host.keys.wrap(new TextEncoder().encode(JSON.stringify(plain3)), context(id4));
var unwrapCredentials = async (host, connectionId) => {
  const row = await host.db
    .selectFrom("connections")
    .select("credential")
    .where("id", "=", connectionId)
    .executeTakeFirst();
  if (row === void 0) throw new KeyrollError("not_found", "The connection was removed.");
  if (row.credential === null) return null;
  const plain3 = await host.keys.unwrap(row.credential, context(connectionId));
  return credentials2.parse(JSON.parse(new TextDecoder().decode(plain3)));
};

// server/src/features/known-drift.ts
import { z as z38 } from "zod";
var entriesType = z38.array(driftEntry);
var adoptedType = z38.record(z38.string(), z38.number());
var nothingKnown = {
  lookedAt: null,
  resourceVersion: null,
  entries: [],
  adopted: /* @__PURE__ */ new Map(),
  acceptedRelease: null,
  revertedAt: null,
};
var knownDrift = async (db, environmentId) => {
  const row = await db
    .selectFrom("known_drift")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .executeTakeFirst();
  if (row === void 0) return nothingKnown;
  return {
    lookedAt: row.looked_at,
    resourceVersion: row.resource_version,
    entries: entriesType.parse(JSON.parse(row.entries)),
    adopted: new Map(Object.entries(adoptedType.parse(JSON.parse(row.adopted)))),
    acceptedRelease: row.accepted_release,
    revertedAt: row.reverted_at,
  };
};
var openEntries = ({ entries: entries2, adopted: adopted2 }) =>
  entries2.filter(({ key: key2 }) => key2 === null || !adopted2.has(key2));
var keepKnown = async (tx, environmentId, lookedAt, known4) => {
  const row = {
    looked_at: lookedAt,
    resource_version: known4.resourceVersion,
    entries: JSON.stringify(known4.entries),
    open: openEntries(known4).length,
    adopted: JSON.stringify(Object.fromEntries(known4.adopted)),
    accepted_release: known4.acceptedRelease,
    reverted_at: known4.revertedAt,
  };
  await tx
    .insertInto("known_drift")
    .values({ environment_id: environmentId, ...row })
    .onConflict((conflict2) => conflict2.column("environment_id").doUpdateSet(row))
    .execute();
};
var isSettled = ({ resourceVersion, entries: entries2 }) =>
  resourceVersion !== null || entries2.some(({ kind: kind2 }) => kind2 === "deleted");
var revertDrift = "revert-drift";
var seenUnder = (version4, newestDeployment) => `${version4}/${newestDeployment ?? ""}/`;
var unmovedAt = async (db, version4, environmentId) => {
  const newest = await runsOf(db, environmentId).select("deployments.id").limit(1).executeTakeFirst();
  const row = await db
    .selectFrom("observations as o")
    .innerJoin("environments as e", "e.id", "o.environment_id")
    .innerJoin("connection_looks as l", "l.connection_id", "e.connection_id")
    .select(["o.mark", "l.at"])
    .where("o.environment_id", "=", environmentId)
    .executeTakeFirst();
  return row?.mark.startsWith(seenUnder(version4, newest?.id ?? null)) === true ? row.at : null;
};
var isPaused = ({ driftPausedUntil: until }, now) => until !== null && until > now;
var few = (keys2) =>
  keys2.length > 5 ? `${keys2.slice(0, 4).join(", ")} and ${count(keys2.length - 4, "more key")}` : keys2.join(", ");
var driftSentence = (entries2, secretName2) => {
  const keyed = entries2.filter(({ place: place3, key: key2 }) => place3 === "cluster" && key2 !== null);
  const whole2 = entries2.filter(({ key: key2 }) => key2 === null).map(({ message }) => message);
  const names2 = [...new Set(keyed.flatMap(({ by }) => by ?? []))];
  const who = names2.length === 0 ? "" : ` by ${names2.join(" and ")}`;
  const keys2 = keyed.flatMap(({ key: key2 }) => key2 ?? []);
  const changed = keys2.length === 0 ? [] : [`${secretName2 ?? "app-secrets"} was changed${who}: ${few(keys2)}.`];
  const sentences = [...changed, ...whole2];
  return sentences.length === 0 ? null : sentences.join(" ");
};

// server/src/proof/skew.ts
var nodeSkew = (pods2) => {
  const least = /* @__PURE__ */ new Map();
  for (const pod of pods2) {
    if (pod.node === null || pod.kubeletStartTime === null) continue;
    const difference2 = pod.kubeletStartTime - Math.max(pod.createdAt, pod.scheduledAt ?? 0);
    const known4 = least.get(pod.node);
    if (known4 === void 0 || Math.abs(difference2) < Math.abs(known4)) least.set(pod.node, difference2);
  }
  return new Map([...least].map(([node, difference2]) => [node, Math.abs(difference2)]));
};

// server/src/proof/waiting.ts
var spoken = /* @__PURE__ */ new Set([
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CrashLoopBackOff",
  "ContainerCreating",
  "PodInitializing",
]);
var describeWaiting = (waiting) => {
  const message = waiting.message.replaceAll(/\s+/gu, " ").trim();
  if (message === "" || !spoken.has(waiting.reason) || /[A-Za-z_][A-Za-z0-9_.-]*=/u.test(message))
    return waiting.reason;
  return `${waiting.reason}: ${message.slice(0, 300)}`;
};

// server/src/proof/windows.ts
var margin3 = 2e3;
var precision = 1e3;
var touches = (write2, container) => {
  if (container.uses === "all")
    return write2.kind !== "contract" && (write2.changed === "unknown" || write2.changed.length > 0);
  if (write2.changed === "unknown") return true;
  const { changed } = write2;
  return container.uses.some((key2) => changed.includes(key2));
};
var withRepairs = (writes) => {
  let foreign2 = [];
  return writes.map((write2) => {
    const changed =
      write2.changed === "unknown" || foreign2 === "unknown"
        ? "unknown"
        : [.../* @__PURE__ */ new Set([...write2.changed, ...foreign2])];
    if (write2.kind === "contract") return write2;
    foreign2 = write2.kind === "foreign" ? changed : [];
    return write2.kind === "foreign" ? write2 : { ...write2, changed };
  });
};
var keysBetween = (writes, one, other) => {
  const own2 = writes.filter(({ kind: kind2 }) => kind2 === "goal");
  const found = own2.findLast((write2, index) => {
    const before = own2[index - 1]?.revision;
    return (before === one && write2.revision === other) || (before === other && write2.revision === one);
  });
  return found?.changed ?? null;
};
var causality = (writes, templates, pod, look3) => {
  const indexOf = (resourceVersion) =>
    resourceVersion === null ? -1 : writes.findIndex((write2) => write2.resourceVersion === resourceVersion);
  const record3 = templates.find(
    (one) =>
      one.workloadUid === pod.workload?.uid && one.hash === pod.templateHash && one.afterResourceVersion !== null,
  );
  const byTemplate = indexOf(record3?.afterResourceVersion ?? null);
  const byPod = look3 === null || look3.pods.has(pod.uid) ? -1 : indexOf(look3.afterResourceVersion);
  return { causal: Math.max(byTemplate, byPod) + 1, record: byTemplate === -1 ? null : (record3 ?? null) };
};
var windowOf = (writes, templates, pod, container, { skew: skew2, look: look3 }) => {
  const { causal, record: record3 } = causality(writes, templates, pod, look3);
  const began = Math.max(pod.createdAt, container.previousFinishedAt ?? 0);
  const ended = container.startedAt ?? began;
  const wide = margin3 + skew2;
  let before = causal;
  for (const [index, write2] of writes.entries())
    if (write2.at + precision <= began - wide) before = Math.max(before, index + 1);
  let after = writes.length;
  for (let index = writes.length - 1; index >= before; index--)
    if ((writes[index]?.at ?? 0) >= ended + wide) after = index;
  const isMarked = record3 !== null && pod.restartMark !== null && record3.restartMark === pod.restartMark;
  return { before, after, causal, isMarked };
};

// server/src/proof/judge.ts
var levelOf = (window2, last) => {
  if (last >= window2.causal) return 4;
  return window2.isMarked ? 2 : 3;
};
var unchangedSince = (container, goal2) => {
  const keys2 = container.uses === "all" ? [...goal2.lastChange.keys()] : container.uses;
  const newest = Math.max(0, ...keys2.map((key2) => goal2.lastChange.get(key2) ?? 0));
  return newest > 0 && newest < goal2.revision ? newest : null;
};
var hasGoal = (revision2, container, { goal: goal2, recorded }) => {
  const { lastChange, kept: kept3, revision: wanted } = goal2;
  if (container.uses === "all") return revision2 === wanted && (kept3 === void 0 || kept3.size === 0);
  if (container.uses.some((key2) => kept3?.has(key2) === true)) return false;
  if (revision2 <= wanted) return container.uses.every((key2) => (lastChange.get(key2) ?? wanted) <= revision2);
  const between = keysBetween(recorded, revision2, wanted);
  return between !== null && between !== "unknown" && !container.uses.some((key2) => between.includes(key2));
};
var whyCurrent = {
  2: "its pod carries the mark that was set after the Secret was written",
  3: "its pod template, or the pod, appeared after the Secret was written",
  4: "it started after the last change of its keys, by the clocks alone",
};
var files = (newest, final, goal2) => {
  const reason3 =
    "live-reloaded: its files follow the Secret within about a minute; the process may not have read them again";
  if (final?.revision === null) return { evidence: null, reason: reason3, verdict: "drifted", revision: null };
  if (newest.revision !== goal2.revision)
    return { evidence: null, reason: reason3, verdict: "stale", revision: newest.revision };
  return { evidence: null, reason: reason3, verdict: "current", revision: goal2.revision };
};
var started = (pod, container, skew2, known4) => {
  const { writes, templates, goal: goal2, look: look3 } = known4;
  const newest = writes.findLast((write2) => write2.kind !== "contract");
  const last = writes.findLastIndex((write2) => touches(write2, container));
  const final = writes[last];
  if (newest === void 0)
    return { verdict: "stale", revision: null, evidence: null, reason: "Keyroll has not written the Secret yet" };
  if (container.how.every((how) => how === "volume")) return files(newest, final, goal2);
  const window2 = windowOf(writes, templates, pod, container, { skew: skew2, look: look3 });
  const evidence = levelOf(window2, last);
  const tells = (write2) => write2.kind === "goal" || (write2.kind === "foreign" && touches(write2, container));
  const before = writes.slice(0, window2.before).findLast(tells);
  const revision2 = before?.revision ?? null;
  if (final === void 0 || last < window2.before) {
    if (final?.revision === null) {
      const reason4 = "it started with values that somebody else wrote into the Secret";
      return { verdict: "drifted", revision: null, evidence, reason: reason4 };
    }
    if (newest.revision !== goal2.revision) {
      const reason4 = `the Secret holds revision ${newest.revision ?? "?"}, not ${goal2.revision}`;
      return { verdict: "stale", revision: revision2, evidence, reason: reason4 };
    }
    return { verdict: "current", revision: goal2.revision, evidence, reason: whyCurrent[evidence] };
  }
  const near = writes.slice(window2.before, window2.after).filter(tells);
  const read3 = [revision2, ...near.map((write2) => write2.revision)];
  const isGoal = (one) => one !== null && newest.revision === goal2.revision && hasGoal(one, container, known4);
  if (last >= window2.after && read3.every(isGoal)) {
    const reason4 = "its keys changed after it started and changed back: it runs what the Secret holds again";
    return {
      verdict: "current",
      revision: goal2.revision,
      evidence,
      reason: reason4,
      since: revision2 ?? goal2.revision,
    };
  }
  const isCertain = !writes.slice(window2.before, window2.after).some((write2) => touches(write2, container));
  if (last >= window2.after && isCertain && before?.kind === "foreign") {
    const reason4 = "it started with values that somebody else wrote into the Secret";
    return { verdict: "drifted", revision: null, evidence, reason: reason4 };
  }
  if (last < window2.after || read3.some(isGoal)) {
    const reason4 = "its keys changed so near to its start that the order cannot be told; restarting it settles that";
    return { verdict: "ambiguous", revision: null, evidence, reason: reason4 };
  }
  if (final.revision === null) {
    const reason4 = "somebody else changed its keys in the Secret after it started";
    return { verdict: "drifted", revision: revision2, evidence, reason: reason4 };
  }
  const reason3 = `its keys changed in revision ${final.revision} after it started`;
  return { verdict: "stale", revision: isCertain ? revision2 : null, evidence, reason: reason3 };
};
var without = (pod, container, skew2, known4) => {
  const window2 = windowOf(known4.writes, known4.templates, pod, container, { skew: skew2, look: known4.look });
  const base4 = known4.writes.slice(0, window2.before).findLast((write2) => write2.kind !== "contract");
  const reason3 =
    known4.goal.secret === "gone"
      ? "the Secret is not there: it runs what it read before and could not start again"
      : "the Secret is not Keyroll's: what it reads at its next start is somebody else's";
  return { verdict: "drifted", revision: base4?.revision ?? null, evidence: null, reason: reason3 };
};
var runKinds = /* @__PURE__ */ new Set(["Job", "CronJob"]);
var isRun = (workload) => workload !== null && runKinds.has(workload.kind);
var inFlight = (found) => ({
  ...found,
  verdict: "in-flight",
  reason:
    found.revision === null
      ? `a run that is under way: ${found.reason}`
      : `a run that is under way with revision ${found.revision}; nothing restarts it, the next one reads the Secret anew`,
});
var finding3 = (pod, container, skew2, known4) => {
  const none = { revision: null, evidence: null };
  const { finished, waiting, role } = container;
  if (pod.deleting) return { ...none, verdict: "draining", reason: "its pod is being removed" };
  if (pod.phase === "Succeeded" || pod.phase === "Failed")
    return { ...none, verdict: "finished", reason: `its pod has ended (${pod.phase})` };
  if (container.startedAt === null || waiting !== null) {
    const why = waiting === null ? "it has not started" : describeWaiting(waiting);
    return { ...none, verdict: "blocked", reason: why };
  }
  if (finished !== null && (role === "ephemeral" || isRun(pod.workload)))
    return { ...none, verdict: "finished", reason: "it has done its work" };
  if (finished !== null && (role !== "init" || finished.exitCode !== 0)) {
    const why = `it has ended with exit code ${finished.exitCode}${finished.reason === "" ? "" : ` (${finished.reason})`}`;
    return { ...none, verdict: "blocked", reason: why };
  }
  const isThere = (known4.goal.secret ?? "ours") === "ours";
  const found = isThere ? started(pod, container, skew2, known4) : without(pod, container, skew2, known4);
  return isRun(pod.workload) && found.verdict !== "current" ? inFlight(found) : found;
};
var judge = (writes, templates, pods2, goal2, look3 = null) => {
  const skews = nodeSkew(pods2);
  const known4 = { recorded: writes, writes: withRepairs(writes), templates, goal: goal2, look: look3 };
  return pods2.flatMap((pod) =>
    pod.containers
      .filter((container) => container.uses === "all" || container.uses.length > 0)
      .map((container) => {
        const { since, ...found } = finding3(pod, container, skews.get(pod.node ?? "") ?? 0, known4);
        return {
          pod: pod.name,
          podUid: pod.uid,
          container: container.name,
          workload: pod.workload,
          unchangedSince: found.verdict === "current" ? (since ?? unchangedSince(container, goal2)) : null,
          ...found,
        };
      }),
  );
};
var isCounted = ({ verdict, workload }) => verdict !== "draining" && verdict !== "finished" && !isRun(workload);
var proven2 = (verdicts) =>
  verdicts.every(
    (one) =>
      !isCounted(one) ||
      (one.verdict === "current" && (one.unchangedSince !== null || one.evidence === null || one.evidence <= 3)),
  );

// server/src/database/writes.ts
import { z as z39 } from "zod";
var keysType = z39.array(z39.string());
var insertWrite = async (tx, write2) => {
  const last = await tx
    .selectFrom("writes")
    .select((e) => e.fn.max("seq").as("seq"))
    .where("environment_id", "=", write2.environmentId)
    .executeTakeFirst();
  await tx
    .insertInto("writes")
    .values({
      environment_id: write2.environmentId,
      seq: (last?.seq ?? 0) + 1,
      revision: write2.revision,
      resource_version: write2.resourceVersion,
      at: write2.at,
      acknowledged_at: write2.acknowledgedAt,
      changed: write2.changed === null ? null : JSON.stringify(write2.changed),
      kind: write2.kind,
    })
    .onConflict((conflict2) => conflict2.columns(["environment_id", "resource_version"]).doNothing())
    .execute();
};
var foreignKeys = async (db, environmentId) => {
  const ends = await lastWrites(db, environmentId);
  if (ends === null || ends.last.kind !== "foreign") return [];
  const rows = await db
    .selectFrom("writes")
    .select("changed")
    .where("environment_id", "=", environmentId)
    .where("seq", ">", ends.own.seq)
    .execute();
  const keys2 = rows.map(({ changed }) => (changed === null ? null : keysType.parse(JSON.parse(changed))));
  return keys2.includes(null) ? null : [...new Set(keys2.flatMap((some2) => some2 ?? []))];
};
var lastWrites = async (db, environmentId) => {
  const rows = db
    .selectFrom("writes")
    .select(["seq", "kind", "revision", "resource_version", "at"])
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1);
  const [last, own2] = [await rows.executeTakeFirst(), await rows.where("kind", "!=", "foreign").executeTakeFirst()];
  if (last === void 0 || own2 === void 0) return null;
  return {
    last: { seq: last.seq, kind: last.kind, resourceVersion: last.resource_version, at: last.at },
    own: {
      seq: own2.seq,
      kind: own2.kind,
      revision: own2.revision ?? 0,
      resourceVersion: own2.resource_version,
      at: own2.at,
    },
  };
};

// server/src/features/deployed-content.ts
import { z as z40 } from "zod";
var goalType3 = z40.object({
  revision: z40.number(),
  keep: z40.array(z40.string()).default([]),
  keepFrom: z40.number().nullable().default(null),
});
var factsType3 = z40.object({
  leaving: z40.array(z40.string()).default([]),
  rolling: z40.string().nullable().default(null),
});
var optionsType2 = z40.object({ restart: z40.string() });
var deployedContent = async (db, environmentId, own2) => {
  const row = await runsOf(db, environmentId)
    .select(["deployments.goal", "deployments.fallback", "deployment_runs.live", "deployment_runs.facts"])
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .executeTakeFirst();
  const nothing2 = { revision: own2.revision, keep: [], keepFrom: null };
  if (row === void 0) return { goal: nothing2, leaving: [] };
  const goals = [row.goal, row.fallback].flatMap((text4) =>
    text4 === null ? [] : [goalType3.parse(JSON.parse(text4))],
  );
  const [first, second] = row.live === "goal" ? goals : goals.toReversed();
  const goal2 = [first, second].find((one) => one?.revision === own2.revision) ?? nothing2;
  return { goal: goal2, leaving: own2.kind === "contract" ? [] : factsType3.parse(JSON.parse(row.facts)).leaving };
};
var deployedRelease = async (db, environmentId) => {
  const rows = await runsOf(db, environmentId)
    .select([
      "deployments.options",
      "deployment_runs.facts",
      "deployment_runs.verdict",
      "deployment_runs.live",
      "deployment_runs.helm_revision",
    ])
    .where("deployment_runs.state", "=", "done")
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .execute();
  for (const row of rows) {
    if (optionsType2.parse(JSON.parse(row.options)).restart === "none") return null;
    const isWhole = row.verdict === "running" || row.live === "previous";
    return isWhole && factsType3.parse(JSON.parse(row.facts)).rolling !== null ? row.helm_revision : null;
  }
  return null;
};

// server/src/features/open-target.ts
var openTarget = async (host, app2, environment2) => {
  const credentials3 = await unwrapCredentials(host, environment2.connectionId);
  const { type, namespace, releaseName, secretName: secretName2, settings: settings9 } = environment2;
  return await host.targets.open(
    {
      environmentId: environment2.id,
      app: app2.name,
      environment: environment2.name,
      type,
      namespace,
      releaseName,
      secretName: secretName2,
      settings: settings9,
    },
    credentials3,
  );
};

// server/src/features/pairs-of.ts
var pairsOf = async (store, goal2) => {
  const pairs = new Map(goal2.revision === 0 ? [] : await store.read(goal2.revision));
  if (goal2.keepFrom === null || goal2.keep.length === 0) return pairs;
  const newer = await store.manifest({ at: goal2.keepFrom });
  const kept3 = goal2.keep.filter((key2) => newer?.entries.has(key2));
  for (const key2 of goal2.keep) pairs.delete(key2);
  if (kept3.length > 0) for (const [key2, value2] of await store.read(goal2.keepFrom, kept3)) pairs.set(key2, value2);
  return pairs;
};
var keysOf = async (store, goal2) => {
  const manifest = goal2.revision === 0 ? null : await store.manifest({ at: goal2.revision });
  const keys2 = new Set(manifest?.entries.keys());
  if (goal2.keepFrom === null || goal2.keep.length === 0) return [...keys2];
  const newer = await store.manifest({ at: goal2.keepFrom });
  for (const key2 of goal2.keep)
    if (newer?.entries.has(key2) === true) keys2.add(key2);
    else keys2.delete(key2);
  return [...keys2];
};

// server/src/features/release-drift.ts
var kindOf2 = ({ status, description }) => {
  if (description?.startsWith("Rollback") === true) return "rolled-back";
  return status === "deployed" || status === "superseded" ? "upgraded" : "changed";
};
var releaseDrift = async (target, left, accepted2) => {
  if (left === null) return [];
  const known4 = accepted2 === null ? [left] : [left, accepted2];
  const now = await target.release(known4);
  if (now === null || (now.revision !== null && known4.includes(now.revision))) return [];
  const entry3 = (kind2, message) => ({
    place: "release",
    key: null,
    kind: kind2,
    message,
    at: now.at,
    by: null,
  });
  if (now.revision === null)
    return [entry3("uninstalled", `The Helm release was uninstalled; deployed was revision ${left}.`)];
  const chart = now.chart === null ? "" : `, ${now.chart}`;
  const words2 = now.description === null || now.description === "" ? "" : `: ${now.description.slice(0, 200)}`;
  return [
    entry3(
      kindOf2(now),
      `The Helm release is at revision ${now.revision} (${now.status ?? "?"}${chart}${words2}); deployed was revision ${left}.`,
    ),
  ];
};

// server/src/features/cluster-drift.ts
var lookForDrift = async (where, { target: given, own: own2 = null } = {}) => {
  const { host, app: app2, environment: environment2 } = where;
  const known4 = await knownDrift(host.db, environment2.id);
  const isBusy = async (db) => ![null, own2].includes(await unfinishedNumber(db, environment2.id));
  const writes = await lastWrites(host.db, environment2.id);
  if (environment2.type === "process" || writes === null || (await isBusy(host.db))) return known4;
  const target = given ?? (await openTarget(host, app2, environment2));
  const glance2 = await target.glance();
  if (glance2 === null) return known4;
  const [secret2, release2] = await Promise.all([
    secretDrift(where, target, glance2, writes, known4),
    releaseNow(where, target, known4),
  ]);
  const found = {
    ...known4,
    lookedAt: host.clock.now(),
    resourceVersion: secret2.comparedAt,
    entries: [...secret2.entries, ...release2],
    // What was adopted is settled as long as nobody touches the Secret again.
    adopted:
      secret2.comparedAt !== null && secret2.comparedAt === known4.resourceVersion
        ? known4.adopted
        : /* @__PURE__ */ new Map(),
  };
  const seq = { last: writes.last.seq, own: writes.own.seq };
  return await host.db.transaction().execute(async (tx) => {
    const now = await lastWrites(tx, environment2.id);
    if (now?.last.seq !== seq.last || now.own.seq !== seq.own || (await isBusy(tx))) return known4;
    await record(tx, where, { known: known4, found, glance: glance2, writes });
    return found;
  });
};
var releaseNow = async ({ host, environment: environment2 }, target, known4) => {
  try {
    return await releaseDrift(target, await deployedRelease(host.db, environment2.id), known4.acceptedRelease);
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "provider_denied")) throw error;
    return known4.entries.filter(({ place: place3 }) => place3 === "release");
  }
};
var entry2 = (key2, kind2, message, who = { at: null, by: null }) => ({
  place: "cluster",
  key: key2,
  kind: kind2,
  message,
  ...who,
});
var secretDrift = async ({ host, app: app2, environment: environment2 }, target, glance2, writes, known4) => {
  const name3 = `${environment2.namespace ?? ""}/${environment2.secretName ?? ""}`;
  if (!glance2.exists)
    return { entries: [entry2(null, "deleted", `The Secret ${name3} was deleted.`)], comparedAt: null };
  const version4 = glance2.resourceVersion;
  if (version4 === writes.own.resourceVersion && writes.last.kind !== "foreign")
    return { entries: [], comparedAt: version4 };
  if (version4 !== null && version4 === known4.resourceVersion)
    return { entries: known4.entries.filter(({ place: place3 }) => place3 === "cluster"), comparedAt: version4 };
  const unmarked = glance2.ours
    ? []
    : [entry2(null, "unmarked", `Keyroll's marks were removed from the Secret ${name3}, or replaced.`)];
  const store = storeOf(host, app2, environment2);
  const { goal: goal2, leaving } = await deployedContent(host.db, environment2.id, writes.own);
  const keys2 = await keysOf(store, goal2);
  const whoOf = (key2) => writerOf(glance2.writers, writes.own, key2);
  try {
    const found = await target.compare({
      revision: goal2.revision,
      keys: keys2,
      tolerated: leaving,
      values: async () => await pairsOf(store, goal2),
    });
    if (found === null) return { entries: unmarked, comparedAt: null };
    return {
      entries: [
        ...unmarked,
        ...found.changed.map((key2) =>
          entry2(key2, "changed", `\`${key2}\` has another value than was deployed.`, whoOf(key2)),
        ),
        ...found.added.map((key2) => entry2(key2, "added", `\`${key2}\` was not deployed.`, whoOf(key2))),
        // A key that is gone has no owner: who took it is not told.
        ...found.removed.map((key2) => entry2(key2, "removed", `\`${key2}\` was taken out of the Secret.`)),
      ],
      comparedAt: found.resourceVersion,
    };
  } catch (error) {
    if (!(error instanceof KeyrollError) || error.code === "provider_denied") throw error;
    return {
      entries: [...unmarked, ...byMetadata2(glance2, writes.own, new Set(keys2), new Set(leaving))],
      comparedAt: null,
    };
  }
};
var byMetadata2 = (glance2, own2, keys2, leaving) => {
  const owned = new Set(glance2.writers.flatMap((writer) => writer.keys));
  const moved = [...owned].filter((key2) => writerOf(glance2.writers, own2, key2).by !== null && !leaving.has(key2));
  const gone2 = owned.size === 0 ? [] : [...keys2].filter((key2) => !owned.has(key2));
  return [
    ...moved.map((key2) =>
      entry2(
        key2,
        keys2.has(key2) ? "changed" : "added",
        keys2.has(key2) ? `\`${key2}\` was written by somebody else.` : `\`${key2}\` was not deployed.`,
        writerOf(glance2.writers, own2, key2),
      ),
    ),
    ...gone2.map((key2) => entry2(key2, "removed", `\`${key2}\` was taken out of the Secret.`)),
  ];
};
var writerOf = (writers, own2, key2) => {
  const others2 = writers.filter(
    ({ keys: keys2, manager: manager3, at: at3 }) =>
      keys2.includes(key2) && (manager3 !== "keyroll" || (at3 ?? 0) > own2.at),
  );
  const newest = others2.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
  return { at: newest?.at ?? null, by: newest?.manager ?? null };
};
var keyedOf = ({ entries: entries2 }) =>
  entries2.filter(({ place: place3, key: key2 }) => place3 === "cluster" && key2 !== null);
var record = async (tx, { host, environment: environment2 }, { known: known4, found, glance: glance2, writes }) => {
  const now = host.clock.now();
  await keepKnown(tx, environment2.id, now, found);
  const version4 = glance2.resourceVersion;
  const seen = (await unmovedAt(tx, host.version, environment2.id)) ?? 0;
  const since = Math.max(known4.lookedAt ?? 0, seen, writes.last.at + 1);
  const base4 = { environmentId: environment2.id, acknowledgedAt: null };
  const keyed = keyedOf(found);
  if (version4 === null)
    await insertWrite(tx, {
      ...base4,
      revision: null,
      resourceVersion: `deleted:${writes.own.seq}`,
      at: since,
      changed: null,
      kind: "foreign",
    });
  else if (version4 !== writes.last.resourceVersion && keyed.length > 0)
    await insertWrite(tx, {
      ...base4,
      revision: null,
      resourceVersion: version4,
      // What only took keys away has no time of its own: it came after the last look.
      at: keyed.every((one) => one.at !== null) ? Math.max(...keyed.map((one) => one.at ?? 0)) : since,
      changed:
        found.resourceVersion === null
          ? null
          : [...new Set([...keyed, ...keyedOf(known4)].flatMap(({ key: key2 }) => key2 ?? []))].toSorted(),
      kind: "foreign",
    });
  else if (
    version4 !== writes.last.resourceVersion &&
    writes.last.kind === "foreign" &&
    found.resourceVersion !== null
  ) {
    const changed = await foreignKeys(tx, environment2.id);
    await insertWrite(tx, {
      ...base4,
      revision: writes.own.revision,
      resourceVersion: version4,
      at: now,
      changed,
      kind: "goal",
    });
  }
  const [before, after] = [known4, found].map((one) => JSON.stringify(openEntries(one)));
  if (before === after) return;
  const sentence = driftSentence(openEntries(found), environment2.secretName);
  const place3 = openEntries(found).every((one) => one.place === "release") ? "release" : "cluster";
  await appendJournal(tx, environment2.id, null, now, {
    type: "drift",
    state: sentence === null ? "settled" : "found",
    place: sentence === null ? "cluster" : place3,
    message: sentence ?? "The cluster is as it was deployed again.",
  });
};

// server/src/features/subject.ts
var kindOf3 = (text4) => (text4 === "production" ? "production" : "sandbox");
var typeOf2 = (text4) => (text4 === "helm" || text4 === "restart" ? text4 : "process");
var appRow = async (db, nameOrId) => {
  const row = await db
    .selectFrom("apps")
    .selectAll()
    .where((or) => or.or([or("name", "=", nameOrId), or("id", "=", nameOrId)]))
    .executeTakeFirst();
  return row === void 0 ? null : { id: row.id, name: row.name, title: row.title, createdAt: row.created_at };
};
var environmentsOf = (db) =>
  db
    .selectFrom("environments")
    .innerJoin("connections", "connections.id", "environments.connection_id")
    .selectAll("environments")
    .select(["connections.store_kind", "connections.store_settings"]);
var toEnvironment = (row) => ({
  id: row.id,
  appId: row.app_id,
  name: row.name,
  kind: kindOf3(row.kind),
  type: typeOf2(row.type),
  connectionId: row.connection_id,
  namespace: row.namespace,
  releaseName: row.release_name,
  secretName: row.secret_name,
  settings: environmentSettings.parse(JSON.parse(row.settings)),
  createdAt: row.created_at,
  storeKind: row.store_kind,
  storeSettings: row.store_settings,
  storeNumbers: readNumbers(row.store_numbers),
  movedFrom: row.moved_from,
  movedFacts: row.moved_facts,
  isMoving: row.moving !== null,
});
var environmentById = async (db, id4) => {
  const row = await environmentsOf(db).where("environments.id", "=", id4).executeTakeFirst();
  return row === void 0 ? null : toEnvironment(row);
};
var appById = async (db, id4) => await appRow(db, id4);
var suggestion = (word, words2, plural) => {
  const near = nearest(word, words2);
  return { next: near === null ? `Lists show which ${plural} exist.` : `Did you mean \`${near}\`?` };
};
var loadSubject = async (path4, params, db, maySee) => {
  if (!path4.includes("{app}")) return {};
  const wanted = params["app"] ?? "";
  const app2 = maySee() ? await appRow(db, wanted) : null;
  if (app2 === null) {
    const names2 = maySee() ? (await db.selectFrom("apps").select("name").execute()).map((row) => row.name) : [];
    throw new KeyrollError(
      maySee() ? "not_found" : "not_allowed",
      maySee() ? `There is no app \`${wanted}\`.` : "This is not allowed.",
      {
        field: "app",
        ...(maySee() ? suggestion(wanted, names2, "apps") : {}),
      },
    );
  }
  if (!path4.includes("{env}")) return { app: app2 };
  const name3 = params["env"] ?? "";
  const rows = (await environmentsOf(db).where("environments.app_id", "=", app2.id).execute()).map(toEnvironment);
  const environment2 = rows.find((row) => row.name === name3 || row.id === name3);
  if (environment2 === void 0) {
    throw new KeyrollError("not_found", `App \`${app2.name}\` has no environment \`${name3}\`.`, {
      field: "env",
      ...suggestion(
        name3,
        rows.map((row) => row.name),
        "environments",
      ),
    });
  }
  return { app: app2, environment: environment2 };
};

// server/src/features/audit-entry.ts
var writeAudit = async (tx, host, actor, requestId, subject, entry3) => {
  const who = entry3.actor ?? actor;
  const app2 = entry3.app ?? subject.app;
  const environment2 = entry3.environment ?? subject.environment;
  await tx
    .insertInto("audit")
    .values({
      id: host.random.id(),
      at: host.clock.now(),
      actor_kind: who.kind,
      actor_id: who.id,
      actor_name: who.name,
      action: entry3.action,
      app_id: app2?.id ?? null,
      app_name: app2?.name ?? null,
      environment_id: environment2?.id ?? null,
      environment_name: environment2?.name ?? null,
      details: JSON.stringify(entry3.details ?? {}),
      request_id: requestId,
    })
    .execute();
};

// server/src/features/idempotency.ts
var keepFor = 24 * 3600 * 1e3;
var isKept2 = (route2, call4) =>
  call4.idempotencyKey !== null &&
  route2.reveals !== true &&
  route2.credential !== true &&
  call4.actor.kind !== "anonymous";
var routeKey = (route2, call4) =>
  `${route2.method} ${route2.path.replaceAll(/\{(\w+)\}/gu, (_2, name3) => call4.params[name3] ?? "")}`;
var takeOutcome = async (tx, route2, host, call4) => {
  const { idempotencyKey: key2 } = call4;
  if (key2 === null || !isKept2(route2, call4)) return null;
  if (!/^[\x21-\x7e]{8,200}$/u.test(key2)) {
    throw new KeyrollError("bad_request", "Idempotency-Key: 8 to 200 printable ASCII characters.", {
      field: "Idempotency-Key",
    });
  }
  const row = { actor: `${call4.actor.kind}:${call4.actor.id}`, route: routeKey(route2, call4), key: key2 };
  const now = host.clock.now();
  await tx
    .deleteFrom("idempotency")
    .where("at", "<", now - keepFor)
    .execute();
  const taken = await tx
    .insertInto("idempotency")
    .values({ ...row, status: null, outcome: null, at: now })
    .onConflict((conflict2) => conflict2.columns(["actor", "route", "key"]).doNothing())
    .executeTakeFirst();
  if (taken.numInsertedOrUpdatedRows === 1n) return null;
  const found = await tx
    .selectFrom("idempotency")
    .select("outcome")
    .where("actor", "=", row.actor)
    .where("route", "=", row.route)
    .where("key", "=", key2)
    .executeTakeFirst();
  if (found?.outcome === void 0 || found.outcome === null) {
    throw new KeyrollError(
      "idempotency_mismatch",
      "A request with this Idempotency-Key is running, or ended without an outcome.",
      {
        next: "Read the state, then decide; use a new key for a new request.",
      },
    );
  }
  return { result: JSON.parse(found.outcome) };
};
var keepOutcome = async (tx, route2, call4, result) => {
  if (!isKept2(route2, call4)) return;
  await tx
    .updateTable("idempotency")
    .set({ status: route2.status ?? 200, outcome: JSON.stringify(result) })
    .where("actor", "=", `${call4.actor.kind}:${call4.actor.id}`)
    .where("route", "=", routeKey(route2, call4))
    .where("key", "=", call4.idempotencyKey ?? "")
    .execute();
};

// server/src/features/outcome.ts
var Committed = class {
  #committed = true;
  result;
  session;
  constructor(result, session2) {
    this.result = result;
    this.session = session2;
  }
  get committed() {
    return this.#committed;
  }
};
var Begun = class {
  #begun = true;
  intent;
  constructor(intent) {
    this.intent = intent;
  }
  get begun() {
    return this.#begun;
  }
};

// server/src/features/verb.ts
var problemsOf = (error, where) =>
  error.issues.slice(0, 50).map((issue) => {
    const field2 = [where, ...issue.path.map(String)].filter((part) => part !== "").join(".");
    const message =
      issue.code === "unrecognized_keys"
        ? `unknown field ${issue.keys.map((key2) => `\`${key2}\``).join(", ")}`
        : issue.message;
    return { field: field2, rule: issue.code, message };
  });
var parse4 = (type, raw, where) => {
  if (type === void 0) return void 0;
  const parsed5 = type.safeParse(raw);
  if (parsed5.success) return parsed5.data;
  const problems = problemsOf(parsed5.error, where);
  const [first] = problems;
  throw new KeyrollError(
    "invalid",
    first === void 0 ? "The request breaks a rule." : `\`${first.field ?? where}\`: ${first.message}.`,
    {
      ...(first?.field === void 0 ? {} : { field: first.field }),
      problems,
      changed: false,
    },
  );
};
var contextOf = async (route2, host, call4, db) => {
  if (route2.permission !== "none" && call4.actor.kind === "anonymous") {
    throw new KeyrollError("not_signed_in", "This needs a signed-in identity.");
  }
  const subject = await loadSubject(route2.path, call4.params, db, () => isAllowed(call4.actor, route2.permission));
  if (!isAllowed(call4.actor, route2.permission)) {
    throw new KeyrollError("not_allowed", `This needs the permission ${route2.permission}.`);
  }
  if (route2.ifMatch === true && call4.ifMatch === null) {
    throw new KeyrollError("precondition_required", "If-Match with the base revision is missing.", { changed: false });
  }
  const context2 = {
    host,
    actor: call4.actor,
    params: call4.params,
    query: parse4(route2.query, call4.query, "query"),
    input: parse4(route2.input, call4.input, ""),
    ifMatch: call4.ifMatch,
    requestId: call4.requestId,
    address: call4.address,
    signal: call4.signal,
    now: host.clock.now(),
    ...subject,
  };
  return context2;
};
var subjectOf = (ctx) => ctx;
var committer = (tx, host, call4, subject) => async (entry3, result, more) => {
  if (entry3 !== null) await writeAudit(tx, host, call4.actor, call4.requestId, subject, entry3);
  return new Committed(result, more?.session ?? null);
};
var query = (route2, run) => ({
  route: route2,
  run: async (host, call4) => {
    const ctx = await contextOf(route2, host, call4, host.db);
    return { result: await run({ ...ctx, db: host.db }), session: null };
  },
});
var mutation = (route2, run) => prepared(route2, async () => null, run);
var prepared = (route2, prepare, run) => ({
  route: route2,
  run: async (host, call4) => {
    const before = await prepare({ ...(await contextOf(route2, host, call4, host.db)), db: host.db });
    const committed = await host.db.transaction().execute(async (tx) => {
      const earlier = await takeOutcome(tx, route2, host, call4);
      if (earlier !== null) return new Committed(earlier.result, null);
      const ctx = await contextOf(route2, host, call4, tx);
      const made = await run({ ...ctx, tx, commit: committer(tx, host, call4, subjectOf(ctx)) }, before);
      await keepOutcome(tx, route2, call4, made.result);
      return made;
    });
    return { result: committed.result, session: committed.session };
  },
});

// server/src/features/deployments/instances.ts
import { z as z41 } from "zod";
var instanceLasts = 3e4;
var keysType2 = z41.union([z41.literal("all"), z41.array(z41.string())]);
var instancesOf = async (db, environmentId, now) => {
  const rows = await db
    .selectFrom("instances")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("seen_at", ">", now - instanceLasts)
    .where("state", "!=", "stopped")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    host: row.host,
    pid: row.pid,
    startedAt: row.started_at,
    revision: row.revision,
    keys: keysType2.parse(JSON.parse(row.keys)),
    state: row.state === "running" ? "running" : "starting",
  }));
};
var staleInstances = async (store, goal2, instances) => {
  const wanted = goal2 === 0 ? null : await store.manifest({ at: goal2 });
  const stale = [];
  for (const instance2 of instances) {
    if (instance2.revision === goal2) continue;
    const has = instance2.revision === 0 ? null : await store.manifest({ at: instance2.revision });
    const keys2 =
      instance2.keys === "all"
        ? /* @__PURE__ */ new Set([...(wanted?.entries.keys() ?? []), ...(has?.entries.keys() ?? [])])
        : instance2.keys;
    if ([...keys2].some((key2) => wanted?.entries.get(key2)?.revision !== has?.entries.get(key2)?.revision))
      stale.push(instance2);
  }
  return stale;
};
var reportInstance = mutation(
  routes["instances.report"],
  async ({ tx, environment: environment2, params, input, now, commit }) => {
    const known4 = await tx
      .selectFrom("instances")
      .select(["state", "revision"])
      .where("environment_id", "=", environment2.id)
      .where("id", "=", params.instance)
      .executeTakeFirst();
    const row = {
      host: input.host,
      pid: input.pid,
      started_at: input.startedAt,
      revision: input.revision,
      keys: JSON.stringify(input.keys),
      state: input.state,
      exit_code: input.exitCode,
      seen_at: now,
    };
    await tx
      .insertInto("instances")
      .values({ environment_id: environment2.id, id: params.instance, ...row })
      .onConflict((conflict2) => conflict2.columns(["environment_id", "id"]).doUpdateSet(row))
      .execute();
    await tx
      .deleteFrom("instances")
      .where("environment_id", "=", environment2.id)
      .where("seen_at", "<", now - 24 * 3600 * 1e3)
      .execute();
    if (known4?.state !== input.state || known4.revision !== input.revision) {
      const state = input.state === "starting" ? "started" : input.state;
      await appendJournal(tx, environment2.id, null, now, {
        type: "instance",
        instance: `${input.host}/${input.pid}`,
        state,
        revision: input.revision,
      });
    }
    const deployed = await publishedRevision(tx, environment2.id);
    return await commit(null, { expires: now + instanceLasts, deployedRevision: deployed });
  },
);
var removeInstance = mutation(
  routes["instances.remove"],
  async ({ tx, environment: environment2, params, now, commit }) => {
    const row = await tx
      .selectFrom("instances")
      .select(["host", "pid", "revision"])
      .where("environment_id", "=", environment2.id)
      .where("id", "=", params.instance)
      .executeTakeFirst();
    if (row !== void 0) {
      await tx
        .deleteFrom("instances")
        .where("environment_id", "=", environment2.id)
        .where("id", "=", params.instance)
        .execute();
      await appendJournal(tx, environment2.id, null, now, {
        type: "instance",
        instance: `${row.host}/${row.pid}`,
        state: "stopped",
        revision: row.revision,
      });
    }
    return await commit(null, {});
  },
);

// server/src/features/deployments/status-drift.ts
var statusDrift = async ({ db, host, environment: environment2 }) => {
  const { settings: settings9, secretName: secretName2 } = environment2;
  const entries2 = settings9.drift === "ignore" ? [] : openEntries(await knownDrift(db, environment2.id));
  return {
    entries: entries2,
    sentence: driftSentence(entries2, secretName2),
    pausedUntil: isPaused(settings9, host.clock.now()) ? settings9.driftPausedUntil : null,
  };
};

// server/src/features/deployments/timeline-read.ts
import { z as z42 } from "zod";
var keys = z42.array(z42.string());
var writesOf = async (db, environmentId) => {
  const rows = await db
    .selectFrom("writes")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .orderBy("seq")
    .execute();
  return rows.map((row) => ({
    revision: row.revision,
    resourceVersion: row.resource_version,
    at: row.at,
    acknowledgedAt: row.acknowledged_at,
    changed: row.changed === null ? "unknown" : keys.parse(JSON.parse(row.changed)),
    kind: row.kind === "contract" || row.kind === "foreign" ? row.kind : "goal",
  }));
};
var templatesOf = async (db, environmentId) => {
  const rows = await db
    .selectFrom("template_records")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .orderBy("at")
    .execute();
  return rows.map((row) => ({
    workloadUid: row.workload_uid,
    hash: row.hash,
    deployment: row.deployment_id,
    revision: row.revision,
    afterResourceVersion: row.after_resource_version,
    restartMark: row.restart_mark,
  }));
};

// server/src/features/deployments/status.ts
var getStatus = query(routes["status.get"], async (ctx) => {
  const { db, host, app: app2, environment: environment2 } = ctx;
  const store = storeOf(host, app2, environment2);
  const manifest = await newestManifest(db, { host, app: app2, environment: environment2 }, { store });
  const saved2 = manifest?.revision ?? 0;
  const [latest] = await newestDeployments(db, environment2.id, null, 1);
  const rolling = (await unfinishedDeployment(db, environment2.id)) !== null;
  const deployed = (await publishedRevision(db, environment2.id)) !== null;
  const seen = environment2.type === "process" ? await processes(ctx, store) : await cluster2(ctx, store);
  const { counted } = seen;
  const current = seen.current === counted;
  const running2 = seen.inCluster !== null && counted > 0 && current ? seen.inCluster : null;
  const state = stateOf2({ saved: saved2, inCluster: seen.inCluster, rolling, current, deployed });
  return {
    saved: saved2,
    inCluster: seen.inCluster,
    running: running2,
    state,
    sentence: sentenceOf(state, {
      saved: saved2,
      inCluster: seen.inCluster,
      counted,
      stale: counted - seen.current,
    }),
    mirror: seen.mirror,
    workloads: seen.workloads,
    drift: await statusDrift(ctx),
    deployment: latest === void 0 ? null : deploymentView(latest),
    observedAt: host.clock.now(),
  };
});
var stateOf2 = (facts3) => {
  if (facts3.rolling) return "rolling";
  if (facts3.saved === 0 && facts3.inCluster === null) return "never-saved";
  if (facts3.inCluster === null) return facts3.deployed ? "unknown" : "not-deployed";
  if (!facts3.current) return "stale";
  return facts3.inCluster === facts3.saved ? "running" : "not-live";
};
var everyone = (instances) => (instances === 1 ? "the one instance runs" : `all ${instances} instances run`);
var capital = (text4) => text4.charAt(0).toUpperCase() + text4.slice(1);
var sentenceOf = (state, facts3) => {
  const where = `revision ${facts3.inCluster ?? 0}`;
  const sentences = {
    "never-saved": "Nothing is saved yet.",
    "not-deployed": `Revision ${facts3.saved} is saved and was never deployed.`,
    "not-live": `Revision ${facts3.saved} is saved and not live; ${facts3.counted === 0 ? "deployed is" : everyone(facts3.counted)} ${where}.`,
    rolling: "A deployment is under way.",
    running:
      facts3.counted === 0
        ? `${capital(where)} is deployed; no instance uses it.`
        : `${capital(everyone(facts3.counted))} ${where}.`,
    stale: `${facts3.stale} of ${facts3.counted} ${facts3.counted === 1 ? "instance" : "instances"} ${facts3.stale === 1 ? "does" : "do"} not run ${where}, which is deployed.`,
    unknown: "The Secret in the cluster is missing or not Keyroll's.",
  };
  return sentences[state];
};
var processes = async ({ db, host, environment: environment2 }, store) => {
  const deployed = await publishedRevision(db, environment2.id);
  const instances = await instancesOf(db, environment2.id, host.clock.now());
  const stale = new Set((await staleInstances(store, deployed ?? 0, instances)).map(({ id: id4 }) => id4));
  const starting = instances.filter(({ id: id4, state }) => state === "starting" && !stale.has(id4)).length;
  return {
    counted: instances.length,
    current: instances.length - stale.size - starting,
    inCluster: deployed,
    mirror: null,
    workloads:
      instances.length === 0
        ? []
        : [
            {
              kind: "Process",
              name: "keyroll run",
              held: null,
              note: null,
              instances: instances.map((instance2) => ({
                name: `${instance2.host}/${instance2.pid}`,
                container: null,
                revision: instance2.revision,
                unchangedSince: null,
                verdict: stale.has(instance2.id) ? "stale" : instance2.state === "starting" ? "blocked" : "current",
                evidence: 1,
                reason: stale.has(instance2.id)
                  ? `it says that it runs revision ${instance2.revision}`
                  : "it says so itself",
              })),
            },
          ],
  };
};
var goalAt = async (store, revision2) => {
  const manifest = revision2 === null || revision2 === 0 ? null : await store.manifest({ at: revision2 });
  return {
    revision: revision2 ?? 0,
    lastChange: new Map([...(manifest?.entries.values() ?? [])].map((entry3) => [entry3.key, entry3.revision])),
  };
};
var verdictsIn = async (db, environmentId, mirror, pods2, goal2) => {
  const [writes, templates, kept3] = await Promise.all([
    writesOf(db, environmentId),
    templatesOf(db, environmentId),
    keptKeys(db, environmentId),
  ]);
  const known4 = writes.at(-1);
  const isForeign =
    mirror?.exists === true &&
    mirror.writtenAt !== null &&
    known4 !== void 0 &&
    mirror.resourceVersion !== known4.resourceVersion &&
    mirror.writtenAt > known4.at;
  const all = isForeign
    ? [
        ...writes,
        {
          revision: null,
          resourceVersion: mirror.resourceVersion ?? "",
          at: mirror.writtenAt ?? 0,
          acknowledgedAt: null,
          changed: "unknown",
          kind: "foreign",
        },
      ]
    : writes;
  const secret2 =
    mirror?.exists === false ? "gone" : mirror?.ours === true && mirror.revision !== null ? "ours" : "foreign";
  return { verdicts: judge(all, templates, pods2, { ...goal2, kept: kept3, secret: secret2 }), isForeign };
};
var cluster2 = async ({ db, host, app: app2, environment: environment2, signal: signal2 }, store) => {
  const target = await openTarget(host, app2, environment2);
  await lookForDrift({ host, app: app2, environment: environment2 }, { target });
  const [mirror, observation] = await Promise.all([target.mirror(), target.observe(signal2)]);
  const ours = mirror?.ours === true ? mirror.revision : null;
  const { verdicts } = await verdictsIn(db, environment2.id, mirror, observation.pods, await goalAt(store, ours));
  const counted = verdicts.filter(isCounted);
  return {
    counted: counted.length,
    current: counted.filter(({ verdict }) => verdict === "current").length,
    inCluster: ours,
    mirror:
      mirror === null
        ? null
        : {
            exists: mirror.exists,
            ours: mirror.ours,
            owner: mirror.owner?.name ?? null,
            keys: mirror.keys?.length ?? null,
          },
    workloads: grouped(observation.workloads, verdicts),
  };
};
var nextRun = "its next run reads what the Secret holds then";
var unrolled = "a pod of its own: nothing restarts it";
var grouped = (workloads, verdicts) => {
  const groups = /* @__PURE__ */ new Map();
  for (const { kind: kind2, name: name3, held: held3, rolls: rolls2, uses: uses2 } of workloads)
    if (rolls2 || uses2 === "all" || uses2.length > 0)
      groups.set(`${kind2}/${name3}`, {
        kind: kind2,
        name: name3,
        held: held3,
        note: rolls2 ? null : nextRun,
        instances: [],
      });
  for (const verdict of verdicts) {
    const kind2 = verdict.workload?.kind ?? "Pod";
    const name3 = verdict.workload?.name ?? verdict.pod;
    const note2 = kind2 === "Pod" ? unrolled : kind2 === "Job" ? "a Job: nothing restarts its run" : null;
    const group = groups.get(`${kind2}/${name3}`) ?? {
      kind: kind2,
      name: name3,
      held: null,
      note: note2,
      instances: [],
    };
    if (kind2 === "Job" && verdict.verdict === "finished") continue;
    groups.set(`${kind2}/${name3}`, group);
    if (kind2 === "CronJob" && verdict.verdict === "finished") continue;
    group.instances.push({
      name: verdict.pod,
      container: verdict.container,
      revision: verdict.revision,
      unchangedSince: verdict.unchangedSince,
      verdict: verdict.verdict,
      evidence: verdict.evidence,
      reason: verdict.reason,
    });
  }
  return [...groups.values()];
};

// server/src/features/deployments/fleet/facts.ts
import { sql as sql4 } from "kysely";
import { z as z43 } from "zod";
var mirrorStates = ["ours", "changed", "foreign", "missing", "unseen"];
var countsType = z43.object({
  current: z43.number(),
  stale: z43.number(),
  ambiguous: z43.number(),
  drifted: z43.number(),
  blocked: z43.number(),
});
var noCounts = { current: 0, stale: 0, ambiguous: 0, drifted: 0, blocked: 0 };
var rowsOf = (db) =>
  db
    .selectFrom("environments as e")
    .innerJoin("apps", "apps.id", "e.app_id")
    .innerJoin("connections", "connections.id", "e.connection_id")
    .leftJoin("observations as o", "o.environment_id", "e.id")
    .leftJoin("known_drift as k", "k.environment_id", "e.id")
    .leftJoin("connection_looks as l", "l.connection_id", "e.connection_id")
    .select([
      "e.id",
      "apps.name as app",
      "e.name as env",
      "e.kind",
      "e.type",
      "e.connection_id",
      "connections.name as connection",
      "e.namespace",
      "e.secret_name",
      "e.release_name",
      "k.open as drift",
      "e.settings",
      "o.mark",
      "o.at",
      "o.mirror",
      "o.in_cluster",
      "o.counts",
      "o.trouble",
      "o.trouble_since",
      "l.at as look_at",
      "l.trouble as look_trouble",
      "l.trouble_since as look_trouble_since",
    ])
    .select((q) => [
      q
        .selectFrom("revisions")
        .select((f) => f.fn.max("revision").as("n"))
        .whereRef("revisions.environment_id", "=", "e.id")
        .as("saved"),
      q
        .selectFrom("deployments as d")
        .select("d.id")
        .whereRef("d.environment_id", "=", "e.id")
        .orderBy("d.number", "desc")
        .limit(1)
        .as("newest"),
      q
        .selectFrom("deployments as d")
        .innerJoin("deployment_runs as r", "r.deployment_id", "d.id")
        .select("d.id")
        .whereRef("d.environment_id", "=", "e.id")
        .where("r.live", "in", ["goal", "previous", "mixed"])
        .orderBy("d.number", "desc")
        .limit(1)
        .as("published"),
      q
        .selectFrom("deployment_runs as r")
        .select("r.deployment_id")
        .whereRef("r.environment_id", "=", "e.id")
        .where(sql4`r.state <> 'done'`)
        .limit(1)
        .as("unfinished"),
    ]);
var runsById = async (db, ids) => {
  if (ids.length === 0) return /* @__PURE__ */ new Map();
  const rows = await db
    .selectFrom("deployments as d")
    .innerJoin("deployment_runs as r", "r.deployment_id", "d.id")
    .select([
      "d.id",
      "d.number",
      "d.requested_at",
      "d.goal",
      "d.fallback",
      "r.state",
      "r.verdict",
      "r.live",
      "r.ended_at",
    ])
    .where("d.id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
};
var pairsAtOnce = 100;
var waitingOf = async (db, pending) => {
  const found = /* @__PURE__ */ new Map();
  for (let from = 0; from < pending.length; from += pairsAtOnce) {
    const rows = await db
      .selectFrom("revisions as v")
      .select(["v.environment_id", "v.revision", "v.at", "v.author"])
      .where((e) =>
        e.or(
          pending.slice(from, from + pairsAtOnce).map(({ id: id4, published }) =>
            e.and([
              e("v.environment_id", "=", id4),
              e(
                "v.revision",
                "=",
                e
                  .selectFrom("revisions as w")
                  .select((f) => f.fn.min("w.revision").as("n"))
                  .where("w.environment_id", "=", id4)
                  .where("w.revision", ">", published),
              ),
            ]),
          ),
        ),
      )
      .execute();
    for (const { environment_id: id4, revision: revision2, at: at3, author } of rows)
      found.set(id4, { revision: revision2, at: at3, by: author });
  }
  return found;
};
var trouble = (message, since) => (message === null ? null : { message, since: since ?? 0 });
var seenOf = (row) => {
  if (row.mark === null || row.counts === null) return null;
  return {
    mark: row.mark,
    at: row.at ?? 0,
    mirror: mirrorStates.find((one) => one === row.mirror) ?? "unseen",
    inCluster: row.in_cluster,
    counts: countsType.parse(JSON.parse(row.counts)),
    trouble: trouble(row.trouble, row.trouble_since),
  };
};
var stateOf3 = (run) => (run.state === "done" ? (run.verdict ?? "failed") : run.state);
var fleetFacts = async (db, which) => {
  let query2 = rowsOf(db);
  if (typeof which.after === "string") query2 = query2.where("e.id", ">", which.after);
  if (which.connectionId !== void 0) query2 = query2.where("e.connection_id", "=", which.connectionId);
  if (which.environmentIds !== void 0) query2 = query2.where("e.id", "in", which.environmentIds);
  if (which.limit !== void 0) query2 = query2.limit(which.limit);
  const rows = await query2.orderBy("e.id").execute();
  const ids = new Set(rows.flatMap(({ newest, published }) => [newest, published].filter((id4) => id4 !== null)));
  const runs = await runsById(db, [...ids]);
  const publishedOf = (row) => {
    const run = row.published === null ? void 0 : runs.get(row.published);
    if (run === void 0) return null;
    return revisionsOf(run.live === "previous" && run.fallback !== null ? run.fallback : run.goal)[0] ?? null;
  };
  const pending = rows
    .map((row) => ({ id: row.id, saved: row.saved ?? 0, published: publishedOf(row) ?? 0 }))
    .filter(({ saved: saved2, published }) => saved2 > published);
  const waiting = await waitingOf(db, pending);
  return rows.map((row) => {
    const newest = row.newest === null ? void 0 : runs.get(row.newest);
    const settings9 = environmentSettings.parse(JSON.parse(row.settings));
    return {
      id: row.id,
      app: row.app,
      env: row.env,
      kind: row.kind === "production" ? "production" : "sandbox",
      type: row.type === "helm" || row.type === "restart" ? row.type : "process",
      connectionId: row.connection_id,
      connection: row.connection,
      namespace: row.namespace,
      secretName: row.secret_name,
      releaseName: row.release_name,
      saved: row.saved ?? 0,
      published: publishedOf(row),
      rolling: row.unfinished !== null,
      newest:
        newest === void 0
          ? null
          : {
              id: newest.id,
              number: newest.number,
              state: stateOf3(newest),
              at: newest.ended_at ?? newest.requested_at,
            },
      waiting: waiting.get(row.id) ?? null,
      drift: (row.drift ?? 0) > 0 && settings9.drift !== "ignore",
      reverts: settings9.drift === "revert",
      seen: seenOf(row),
      look: { at: row.look_at, trouble: trouble(row.look_trouble, row.look_trouble_since) },
    };
  });
};
var lastChanges = async (db, environmentId, revision2) => {
  const rows = await db
    .selectFrom("revision_changes as c")
    .select(["c.key", "c.revision", "c.op"])
    .where("c.environment_id", "=", environmentId)
    .where((e) =>
      e(
        "c.revision",
        "=",
        e
          .selectFrom("revision_changes as d")
          .select((f) => f.fn.max("d.revision").as("n"))
          .where("d.environment_id", "=", environmentId)
          .whereRef("d.key", "=", "c.key")
          .where("d.revision", "<=", revision2),
      ),
    )
    .execute();
  return new Map(rows.filter(({ op }) => op !== "removed").map((row) => [row.key, row.revision]));
};

// server/src/features/deployments/fleet/closer.ts
var placeOf3 = ({ id: id4, namespace, secretName: secretName2, releaseName }) => ({
  environmentId: id4,
  namespace: namespace ?? "",
  secretName: secretName2 ?? "",
  releaseName,
});
var deployedMark = (host, { newest }, { deployed }) => `${seenUnder(host.version, newest?.id ?? null)}${deployed}/`;
var markOf2 = (host, facts3, sight) => `${deployedMark(host, facts3, sight)}${sight.pods}`;
var lookCloser = async ({ host, credentials: credentials3, signal: signal2 }, facts3, sight) => {
  const at3 = host.clock.now();
  try {
    const isCompared = facts3.seen?.mark.startsWith(deployedMark(host, facts3, sight)) === true;
    const mark2 = isCompared || (await compare(host, facts3)) ? markOf2(host, facts3, sight) : "";
    const { mirror, pods: pods2 } = await host.fleet.look(credentials3, placeOf3(facts3), signal2);
    const inCluster2 = mirror.ours ? mirror.revision : null;
    const goal2 = {
      revision: inCluster2 ?? 0,
      lastChange: await lastChanges(host.db, facts3.id, inCluster2 ?? 0),
    };
    const { verdicts, isForeign } = await verdictsIn(host.db, facts3.id, mirror, pods2, goal2);
    const counts = { ...noCounts };
    for (const { verdict } of verdicts.filter(isCounted))
      if (verdict !== "draining" && verdict !== "finished" && verdict !== "in-flight") counts[verdict] += 1;
    const state = !mirror.exists ? "missing" : !mirror.ours ? "foreign" : isForeign ? "changed" : "ours";
    await keep(host, facts3.id, { mark: mark2, at: at3, mirror: state, inCluster: inCluster2, counts, trouble: null });
  } catch (error) {
    if (signal2.aborted || !(error instanceof KeyrollError) || error.code === "provider_unreachable") throw error;
    await noteTrouble(host, facts3, error);
  }
};
var compare = async (host, { id: id4, reverts }) => {
  const environment2 = await environmentById(host.db, id4);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (environment2 === null || app2 === null || environment2.isMoving) return false;
  try {
    const known4 = await lookForDrift({ host, app: app2, environment: environment2 });
    if (reverts && openEntries(known4).length > 0) await host.jobs.wake(revertDrift, id4);
    return isSettled(known4);
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    host.log.warn({ environment: id4, error: error.code }, "the cluster could not be looked at for drift");
    return false;
  }
};
var noteTrouble = async (host, { id: id4, seen }, error) => {
  const since = seen?.trouble?.since ?? host.clock.now();
  const before = seen ?? { at: 0, mirror: "unseen", inCluster: null, counts: noCounts };
  await keep(host, id4, { ...before, mark: "", trouble: { message: error.message, since } });
};
var keep = async (host, id4, seen) => {
  const row = {
    mark: seen.mark,
    at: seen.at,
    mirror: seen.mirror,
    in_cluster: seen.inCluster,
    counts: JSON.stringify(seen.counts),
    trouble: seen.trouble?.message ?? null,
    trouble_since: seen.trouble?.since ?? null,
  };
  try {
    await host.db
      .insertInto("observations")
      .values({ environment_id: id4, ...row })
      .onConflict((conflict2) =>
        // Two that looked at once: what was seen later stays.
        conflict2.column("environment_id").doUpdateSet(row).where("observations.at", "<=", seen.at),
      )
      .execute();
  } catch (error) {
    const isThere = await host.db.selectFrom("environments").select("id").where("id", "=", id4).executeTakeFirst();
    if (isThere !== void 0) throw error;
  }
};

// server/src/features/deployments/fleet/observe.ts
var every2 = 3e4;
var share = 0.1;
var longest3 = 5 * 6e4;
var batch2 = 500;
var atOnce2 = 4;
var few2 = 10;
var pause2 = 1e3;
var leaseLasts = 6e4;
var observeNow = "observe-environment";
var observeConnection = "observe-connection";
var startObserving = (host) => {
  host.jobs.on(observeConnection, async (id4, signal2) => await keepLooking(host, id4, signal2));
  host.jobs.on(observeNow, async (id4, signal2) => {
    const [facts3] = await watched(host, { environmentIds: [id4] });
    const credentials3 = facts3 === void 0 ? null : await unwrapCredentials(host, facts3.connectionId);
    if (facts3 === void 0 || credentials3 === null) return;
    await lookAt({ host, credentials: credentials3, signal: signal2, beat: async () => void 0 }, [facts3]).catch(
      () => void 0,
    );
    await host.jobs.wake(observeConnection, facts3.connectionId);
  });
  host.jobs.every("observe", every2, async () => {
    const rows = await host.db
      .selectFrom("environments")
      .select("connection_id")
      .distinct()
      .where("type", "!=", "process")
      .execute();
    for (const { connection_id: id4 } of rows) await host.jobs.wake(observeConnection, id4);
  });
};
var watched = async (host, which) => {
  const found = [];
  let after = null;
  for (;;) {
    const facts3 = await fleetFacts(host.db, { ...which, after, limit: batch2 });
    for (const one of facts3) {
      const { type, published, rolling, namespace, secretName: secretName2 } = one;
      if (type !== "process" && published !== null && !rolling && namespace !== null && secretName2 !== null)
        found.push(one);
    }
    if (facts3.length < batch2) return found;
    after = facts3.at(-1)?.id ?? null;
  }
};
var keepLooking = async (host, id4, signal2) => {
  const held3 = await acquireLease(host, `observe:${id4}`, host.instance, leaseLasts);
  if (held3 === null) return;
  try {
    const at3 = host.clock.now();
    const fleet2 = await watched(host, { connectionId: id4 });
    const credentials3 = fleet2.length === 0 ? null : await unwrapCredentials(host, id4);
    if (credentials3 === null) return;
    let renewed = at3;
    const beat = async () => {
      if (host.clock.now() < renewed + leaseLasts / 4) return;
      renewed = host.clock.now();
      await renewLease(host, held3, leaseLasts);
    };
    const looking = { host, credentials: credentials3, signal: signal2, beat };
    const glances = await lookAt(looking, fleet2);
    const took = host.clock.now() - at3;
    await noteLook(host, id4, { done: { at: at3, took }, trouble: null });
    const isLost2 = await followMoves(looking, glances, Math.min(longest3, Math.max(every2 - took, took / share)));
    if (!isLost2) return;
    await host.clock.sleep(pause2, signal2);
    await host.jobs.wake(observeConnection, id4);
  } catch (error) {
    if (signal2.aborted || (error instanceof KeyrollError && error.code === "lease_lost")) return;
    if (!(error instanceof KeyrollError)) throw error;
    host.log.warn({ connection: id4, error: error.code }, "the cluster could not be looked at");
    await noteLook(host, id4, { trouble: error.message });
  } finally {
    await releaseLease(host, held3);
  }
};
var followMoves = async (looking, glances, ms) => {
  const { host, signal: signal2, beat } = looking;
  const over = new AbortController();
  const beating = async () => {
    const end = host.clock.now() + ms;
    try {
      for (let left = ms; left > 0; left = end - host.clock.now()) {
        await host.clock.sleep(Math.min(left, leaseLasts / 4), AbortSignal.any([signal2, over.signal]));
        await beat();
      }
    } finally {
      over.abort();
    }
  };
  const beats = beating();
  beats.catch(() => void 0);
  try {
    for await (const ids of glances.moves(AbortSignal.any([signal2, over.signal]))) {
      const began = host.clock.now();
      for (let from = 0; from < ids.length; from += few2)
        await lookAt(looking, await watched(host, { environmentIds: ids.slice(from, from + few2) }));
      await host.clock
        .sleep((host.clock.now() - began) / share, AbortSignal.any([signal2, over.signal]))
        .catch(() => void 0);
    }
    const isLost2 = !signal2.aborted && !over.signal.aborted;
    if (over.signal.aborted) await beats;
    return isLost2;
  } finally {
    over.abort();
  }
};
var noteLook = async (host, id4, { done, trouble: trouble2 }) => {
  const now = trouble2 === null ? null : host.clock.now();
  await host.db
    .insertInto("connection_looks")
    .values({ connection_id: id4, at: null, took: null, ...done, trouble: trouble2, trouble_since: now })
    .onConflict((conflict2) =>
      conflict2.column("connection_id").doUpdateSet((e) => ({
        ...done,
        trouble: trouble2,
        // Since when is told from the first time on.
        trouble_since: now === null ? null : e.fn.coalesce("connection_looks.trouble_since", e.val(now)),
      })),
    )
    .execute();
};
var lookAt = async (looking, fleet2) => {
  const { host, credentials: credentials3, signal: signal2, beat } = looking;
  const glances = await host.fleet.glance(credentials3, fleet2.map(placeOf3), signal2);
  const isNews = (facts3) => {
    const glance2 = glances.of.get(facts3.id);
    if (glance2 === void 0) return false;
    if ("trouble" in glance2) return facts3.seen?.trouble?.message !== glance2.trouble.message;
    return facts3.seen?.mark !== markOf2(host, facts3, glance2);
  };
  const rest2 = fleet2.filter(isNews);
  const one = async () => {
    for (let facts3 = rest2.pop(); facts3 !== void 0; facts3 = rest2.pop()) {
      signal2.throwIfAborted();
      await beat();
      const glance2 = glances.of.get(facts3.id);
      if (glance2 === void 0) continue;
      if ("trouble" in glance2) await noteTrouble(host, facts3, glance2.trouble);
      else await lookCloser(looking, facts3, glance2);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce2, rest2.length) }, one));
  for (const { id: id4, reverts, drift: drift2 } of fleet2)
    if (reverts && drift2) await host.jobs.wake(revertDrift, id4);
  return glances;
};

// server/src/features/deployments/job.ts
var createJob = (parts2, start2) => {
  let row = start2;
  const { host, environment: environment2, lease } = parts2;
  const fenced = async (work2) => {
    await host.db.transaction().execute(async (tx) => {
      await requireLease(host, tx, lease);
      await work2(tx);
    });
  };
  const job = {
    ...parts2,
    store: storeOf(host, parts2.app, environment2),
    rendered: { first: null, second: null },
    get row() {
      return row;
    },
    get goal() {
      return row.aim === "fallback" && row.fallback !== null ? row.fallback : row.goal;
    },
    journal: async (event) => {
      await fenced(async (tx) => {
        await appendJournal(tx, environment2.id, row.id, host.clock.now(), event);
      });
    },
    note: async (facts3, event, more) => {
      const next = { ...row.facts, ...facts3 };
      await fenced(async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ facts: JSON.stringify(next) })
          .where("deployment_id", "=", row.id)
          .execute();
        if (event !== null) await appendJournal(tx, environment2.id, row.id, host.clock.now(), event);
        if (more !== void 0) await more(tx);
      });
      row = { ...row, facts: next };
    },
    guard: async () => {
      parts2.signal.throwIfAborted();
      await fenced(async () => void 0);
    },
  };
  return {
    job,
    replace: (next) => {
      row = next;
    },
  };
};

// server/src/features/deployments/timeline.ts
var recordWrite = async (job, before, after, kind2) => {
  const { host, environment: environment2, goal: goal2, store } = job;
  const acknowledgedAt = host.clock.now();
  const [old, now] = await Promise.all([
    before.ours && before.revision !== null && before.revision > 0 ? store.manifest({ at: before.revision }) : null,
    goal2.revision > 0 ? store.manifest({ at: goal2.revision }) : null,
  ]);
  const theirs = kind2 === "goal" ? await foreignKeys(host.db, environment2.id) : [];
  const known4 = theirs !== null && (before.ours || !before.exists);
  const changed = new Set(goal2.keep);
  for (const key2 of theirs ?? []) changed.add(key2);
  for (const entry3 of now?.entries.values() ?? [])
    if (old?.entries.get(entry3.key)?.revision !== entry3.revision) changed.add(entry3.key);
  for (const key2 of before.keys ?? []) if (after.keys?.includes(key2) !== true) changed.add(key2);
  await job.note({ expect: after.resourceVersion }, null, async (tx) => {
    await insertWrite(tx, {
      environmentId: environment2.id,
      revision: goal2.revision,
      resourceVersion: after.resourceVersion ?? "",
      at: after.writtenAt ?? acknowledgedAt,
      acknowledgedAt,
      changed: known4 ? [...changed].toSorted() : null,
      kind: kind2,
    });
  });
};
var recordTemplates = async (job, when = "after-write") => {
  const { workloads } = await job.target.observe(job.signal);
  const { host, environment: environment2, row, goal: goal2 } = job;
  const consumers2 = workloads.filter((workload) => workload.templateHash !== null);
  if (consumers2.length === 0) return;
  await job.note({}, null, async (tx) => {
    const after = await tx
      .selectFrom("writes")
      .select("resource_version")
      .where("environment_id", "=", environment2.id)
      .where("kind", "=", "goal")
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    for (const workload of consumers2) {
      const hash2 = workload.templateHash ?? "";
      const known4 = await tx
        .selectFrom("template_records")
        .select("deployment_id")
        .where("environment_id", "=", environment2.id)
        .where("workload_uid", "=", workload.uid)
        .where("hash", "=", hash2)
        .limit(1)
        .executeTakeFirst();
      if (known4 !== void 0 && when === "before-write") continue;
      await tx
        .insertInto("template_records")
        .values({
          environment_id: environment2.id,
          workload_uid: workload.uid,
          hash: hash2,
          deployment_id: `${row.id}-${when === "before-write" ? "before" : row.aim}`,
          revision: goal2.revision,
          // A template that was there before this write proves nothing about order.
          after_resource_version:
            known4 === void 0 && when === "after-write" ? (after?.resource_version ?? null) : null,
          restart_mark: workload.restartMark,
          at: host.clock.now(),
        })
        .onConflict((conflict2) =>
          conflict2.columns(["environment_id", "workload_uid", "hash", "deployment_id"]).doNothing(),
        )
        .execute();
    }
  });
};

// server/src/features/deployments/steps/contract.ts
var contract = {
  name: "contract",
  run: async (job) => {
    const { leaving } = job.row.facts;
    if (leaving.length === 0) return "No key was waiting to be removed.";
    const mirror = await job.target.mirror();
    if (mirror === null || !mirror.ours) return "The Secret is not ours any more; nothing was removed.";
    if (!leaving.some((key2) => mirror.keys?.includes(key2))) return "The removed keys are gone.";
    const pairs = await pairsOf(job.store, job.goal);
    await job.guard();
    const written = await job.target.write({
      expect: mirror.resourceVersion ?? "absent",
      revision: job.goal.revision,
      pairs,
      adopt: false,
    });
    await recordWrite(job, mirror, written, "contract");
    return `Removed from the Secret: ${leaving.join(", ")}.`;
  },
};

// server/src/features/deployments/steps/drift.ts
var isLost = ({ kind: kind2 }) => kind2 !== "deleted" && kind2 !== "uninstalled" && kind2 !== "unmarked";
var lostBy = ({ goal: goal2 }, { entries: entries2, adopted: adopted2 }) =>
  entries2.filter(
    (entry3) =>
      isLost(entry3) && goal2.revision < ((entry3.key === null ? null : adopted2.get(entry3.key)) ?? Infinity),
  );
var refuseDrift = async (job) => {
  const { host, app: app2, environment: environment2, row, target } = job;
  const known4 = await lookForDrift({ host, app: app2, environment: environment2 }, { target, own: row.number });
  const lost = lostBy(job, known4);
  const sentence = driftSentence(lost, environment2.secretName);
  if (sentence === null) return;
  const { settings: settings9 } = environment2;
  const goesOn = settings9.drift !== "report" || isPaused(settings9, host.clock.now()) || row.options.overwriteDrift;
  if (goesOn) {
    await job.journal({ type: "log", message: `${sentence} It is written anew.` });
    return;
  }
  const keys2 = openEntries({ ...known4, entries: lost }).flatMap(({ key: key2 }) => key2 ?? []);
  throw new KeyrollError("drift", `Others changed what was deployed. ${sentence}`, {
    keys: keys2,
    next: "Adopt it (`keyroll drift adopt`), or overwrite it: `keyroll deploy --overwrite-drift`, or `keyroll drift overwrite`.",
    changed: false,
  });
};

// server/src/features/deployments/steps/observe.ts
var observe = {
  name: "observe",
  run: async (job) => {
    for (const message of await job.target.recover(job.row.id)) await job.journal({ type: "log", message });
    const mirror = await job.target.mirror();
    if (mirror === null) {
      await job.note({ expect: null }, null);
      return "No cluster is involved.";
    }
    refuseForeign(mirror, job);
    await job.note({ expect: mirror.exists ? mirror.resourceVersion : "absent" }, null);
    await refuseDrift(job);
    await recordTemplates(job, "before-write");
    const name3 = `${job.environment.namespace ?? ""}/${job.environment.secretName ?? ""}`;
    if (!mirror.exists) return `The Secret ${name3} does not exist yet.`;
    return mirror.ours
      ? `The Secret ${name3} holds revision ${mirror.revision ?? "?"}.`
      : `The Secret ${name3} is not Keyroll's and will be adopted.`;
  },
};
var refuseForeign = (mirror, { environment: environment2, row }) => {
  if (!mirror.exists || mirror.ours) return;
  const name3 = `${environment2.namespace ?? ""}/${environment2.secretName ?? ""}`;
  if (mirror.owner !== null) {
    throw new KeyrollError("foreign_secret", `The Secret ${name3} belongs to ${mirror.owner.name}.`, {
      next: mirror.owner.steps,
      changed: false,
    });
  }
  if (mirror.environment !== null && mirror.environment !== environment2.id) {
    throw new KeyrollError("foreign_secret", `The Secret ${name3} carries the mark of another Keyroll environment.`, {
      next: "Choose another Secret name, or remove the mark keyroll.dev/environment after making sure that nobody uses it.",
      changed: false,
    });
  }
  if (row.options.adopt || row.options.overwriteDrift) return;
  const keys2 = mirror.keys === null ? "" : ` It holds ${count(mirror.keys.length, "key")}.`;
  throw new KeyrollError("foreign_secret", `The Secret ${name3} exists and was not made by Keyroll.${keys2}`, {
    next: "Deploy with --adopt to take it over: what it holds is replaced by the saved pairs.",
    changed: false,
  });
};

// server/src/features/deployments/conflict-findings.ts
var conflictFindings = async ({ target, rendered: rendered2, signal: signal2 }, forced) => {
  if (rendered2.first === null) return [];
  const conflicts = await target.conflicts(rendered2.first, signal2);
  return conflicts.map(({ kind: kind2, name: name3, manager: manager3, field: field2 }) => ({
    rule: "field-conflict",
    severity: forced ? "warning" : "error",
    object: { kind: kind2, namespace: null, name: name3 },
    container: null,
    key: null,
    source: null,
    message: forced
      ? `${kind2}/${name3}: \`${manager3}\` has set ${field2}; the deployment takes that field and sets what the chart says.`
      : `${kind2}/${name3}: \`${manager3}\` has set ${field2} to something else than the chart: Helm 4 refuses to change it.`,
    fix: forced
      ? "Nothing, when that is meant."
      : "Take the field out of the chart (an autoscaler should own it), or deploy with --force-conflicts to take it.",
  }));
};

// server/src/features/plain.ts
var plainOf = (secret2) =>
  secret2.binary ? secret2.expose() : new TextDecoder("utf-8", { ignoreBOM: true }).decode(secret2.expose());
var factsOf6 = (secret2) => valueFacts(secret2.expose());
var visibleText = (secret2) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(secret2.expose());

// server/src/features/deployments/findings.ts
var findingsOf = async (job) => {
  if (job.environment.type === "process")
    return { findings: await processFindings(job), restart: { how: "off", marks: [] }, triggers: [], consumers: [] };
  const { environment: environment2 } = job;
  const { first } = job.rendered;
  const keys2 = await keyFacts(job);
  const [chart, observation, mirror] = await Promise.all([
    readChart(job),
    job.target.observe(job.signal),
    job.target.mirror(),
  ]);
  const removedKeys = mirror?.ours === true ? (mirror.keys ?? []).filter((key2) => !keys2.has(key2)) : [];
  const { findings, consumers: consumers2 } = preflight({
    ...manifestsOf(job),
    ...chart,
    keys: keys2,
    removedKeys,
    running: observation.workloads.filter(usesAny),
    secretName: environment2.secretName ?? "",
    namespace: environment2.namespace ?? "",
    helmMajor: 4,
    restart: environment2.settings.restart,
    helmRevision: first?.revision ?? null,
    releaseBytes: first?.releaseBytes ?? null,
    timeoutSeconds: environment2.settings.timeoutSeconds,
  });
  const live = environment2.type === "helm" ? [] : observation.workloads.filter(usesAny);
  return {
    findings: [...findings, ...outside(observation.workloads, environment2.type)].map((finding4) => ({ ...finding4 })),
    restart: await restartPlan(job, consumers2, live, observation.workloads),
    triggers: consumers2
      .filter(({ rolls: rolls2, rollTrigger }) => rolls2 && rollTrigger !== false)
      .map(({ object: { kind: kind2, name: name3 }, rollTrigger }) => ({
        kind: kind2,
        name: name3,
        sure: rollTrigger === true,
      })),
    consumers: [
      ...consumers2.map(({ object, uses: uses2 }) => ({ kind: object.kind, name: object.name, uses: uses2 })),
      ...live.map(({ kind: kind2, name: name3, uses: uses2 }) => ({ kind: kind2, name: name3, uses: uses2 })),
    ],
  };
};
var usesAny = ({ uses: uses2 }) => uses2 === "all" || uses2.length > 0;
var manifestsOf = ({ rendered: rendered2 }) => {
  const [manifests, hooks] = [/* @__PURE__ */ new Map(), /* @__PURE__ */ new Map()];
  const objectsOf2 = (one) => [
    ...parseManifests(one.manifest, "manifest", manifests),
    ...one.hooks.flatMap((hook) => parseManifests(hook, "hook", hooks)),
  ];
  return {
    objects: rendered2.first === null ? [] : objectsOf2(rendered2.first),
    again: rendered2.second === null ? void 0 : objectsOf2(rendered2.second),
  };
};
var readChart = async ({ host, chart }) => {
  if (chart === null) return { required: [] };
  const { templates, ...contract2 } = await host.charts.text(chart);
  return { templates, required: requiredKeys(contract2) };
};
var keyFacts = async ({ store, goal: goal2 }) => {
  const facts3 = /* @__PURE__ */ new Map();
  for (const [key2, value2] of await pairsOf(store, goal2)) {
    const { bytes, nul, utf8: utf82 } = factsOf6(value2);
    facts3.set(key2, { bytes, nul, utf8: utf82 });
  }
  return facts3;
};
var outside = (workloads, type) =>
  type !== "helm"
    ? []
    : workloads
        .filter(
          ({ inRelease, rolls: rolls2, uses: uses2 }) => !inRelease && rolls2 && (uses2 === "all" || uses2.length > 0),
        )
        .map(({ kind: kind2, name: name3 }) => ({
          rule: "outside-release",
          severity: "warning",
          object: { kind: kind2, namespace: null, name: name3 },
          container: null,
          key: null,
          source: null,
          message: `${kind2}/${name3} uses the Secret and is not part of the release: it keeps its values until somebody restarts it.`,
          fix: "Restart it after the deployment, or make it part of the chart.",
        }));
var restartPlan = async (job, consumers2, live, present) => {
  const { restart } = job.environment.settings;
  const { restartAll } = job;
  const manifest = job.goal.revision === 0 ? null : await job.store.manifest({ at: job.goal.revision });
  const newestOf2 = (uses2) => {
    const keys2 = uses2 === "all" ? [...(manifest?.entries.keys() ?? [])] : uses2;
    if (uses2 === "all" || job.goal.keep.some((key2) => keys2.includes(key2))) return job.goal.revision;
    return Math.max(0, ...keys2.map((key2) => manifest?.entries.get(key2)?.revision ?? 0));
  };
  const markOf3 = (named3, uses2) => {
    const mark2 = `r${newestOf2(uses2)}`;
    if (restartAll !== null) return `${mark2}-${restartAll}`;
    const now = present.find((one) => isNamed(one, named3))?.restartMark ?? null;
    return now?.startsWith(`${mark2}-`) === true ? now : mark2;
  };
  if (restart === "off" && restartAll === null) return { how: "off", marks: [] };
  if (job.environment.type === "restart") {
    return {
      how: "patch",
      marks: live
        .filter(({ held: held3, kind: kind2 }) => held3 === null && rolledKinds.has(kind2))
        .map(({ kind: kind2, name: name3, uses: uses2 }) => ({
          kind: kind2,
          name: name3,
          mark: markOf3({ kind: kind2, name: name3 }, uses2),
        })),
    };
  }
  const without2 = consumers2.filter(
    ({ rolls: rolls2, rollTrigger }) => rolls2 && (restart === "inject" || rollTrigger !== true),
  );
  if ((restart === "chart" && restartAll === null) || without2.length === 0) return { how: "chart", marks: [] };
  return {
    how: "inject",
    marks: without2.map(({ object: { kind: kind2, name: name3 }, uses: uses2 }) => ({
      kind: kind2,
      name: name3,
      mark: markOf3({ kind: kind2, name: name3 }, uses2),
    })),
  };
};
var processFindings = async (job) => {
  const found = [];
  for (const [key2, value2] of await pairsOf(job.store, job.goal)) {
    const facts3 = factsOf6(value2);
    const add2 = (rule, severity2, message, fix) => {
      found.push({ rule, severity: severity2, object: null, container: null, key: key2, source: null, message, fix });
    };
    const entry3 = key2.length + 1 + facts3.bytes;
    if (facts3.nul)
      add2(
        "env-nul",
        "error",
        `\`${key2}\` holds a NUL byte: no process environment can.`,
        "Save it encoded, for example as base64 text.",
      );
    if (entry3 > limits.envEntryBytes) {
      add2(
        "env-too-large",
        "error",
        `\`${key2}=\u2026\` has ${entry3} bytes; a process environment takes ${limits.envEntryBytes} for one variable.`,
        "Make it smaller, or leave it out of the environment.",
      );
    }
    if (!facts3.utf8)
      add2(
        "env-not-utf8",
        "error",
        `\`${key2}\` is not UTF-8 text: a process environment cannot carry it safely.`,
        "Save it encoded, for example as base64 text.",
      );
  }
  return found;
};

// server/src/features/deployments/target-goal.ts
var chartOf = async (db, environment2, goal2) => {
  if (goal2.release === null) return null;
  const file = await db
    .selectFrom("releases")
    .innerJoin("release_files", "release_files.digest", "releases.digest")
    .select("release_files.content")
    .where("releases.id", "=", goal2.release.id)
    .executeTakeFirst();
  if (file === void 0)
    throw new KeyrollError("not_found", `Release ${goal2.release.version} is not in the database any more.`, {
      field: "release",
    });
  const values =
    goal2.values === null || goal2.values === 0
      ? null
      : await db
          .selectFrom("helm_values")
          .select("text")
          .where("environment_id", "=", environment2.id)
          .where("version", "=", goal2.values)
          .executeTakeFirst();
  return { bytes: file.content, values: values?.text ?? "" };
};
var targetGoal = async (job, restart) => ({
  deployment: job.row.id,
  revision: job.goal.revision,
  chart: await chartOf(job.host.db, job.environment, job.goal),
  restart,
  // The way back must arrive: what another manager took meanwhile is what the chart had set before.
  forceConflicts: job.row.options.forceConflicts || job.row.aim === "fallback",
});

// server/src/features/deployments/steps/preflight.ts
var preflight2 = {
  name: "preflight",
  run: async (job) => {
    const goal2 = await targetGoal(job, { how: "off", marks: [] });
    if (job.environment.type === "helm") {
      job.rendered.first ??= await job.target.render(goal2, job.signal);
      job.rendered.second = await job.target.render(goal2, job.signal);
    }
    const { host, store, environment: environment2, target, rendered: rendered2, signal: signal2, row } = job;
    const {
      findings: found,
      restart,
      triggers,
    } = await findingsOf({
      host,
      store,
      goal: job.goal,
      environment: environment2,
      target,
      rendered: rendered2,
      signal: signal2,
      restartAll: row.options.restart === "all" ? `d${row.number}` : null,
      chart: goal2.chart?.bytes ?? null,
    });
    const findings = [...(await conflictFindings(job, row.options.forceConflicts)), ...found];
    for (const finding4 of findings) await job.journal({ type: "finding", finding: finding4 });
    const errors = blocking(findings, row.options.ignorePreflight);
    const passed = findings.filter((finding4) => finding4.severity === "error" && !errors.includes(finding4));
    for (const { rule, message } of passed)
      await job.journal({ type: "log", message: `${row.requestedBy} passed over ${rule}: ${message}` });
    const [first] = errors;
    if (first !== void 0) {
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      throw new KeyrollError("preflight_failed", `${first.message}${more}`, {
        next: first.fix,
        ...(first.key === null ? {} : { key: first.key }),
        changed: false,
      });
    }
    await job.note({ restart, triggers }, null);
    const warnings = findings.filter(({ severity: severity2 }) => severity2 === "warning").length;
    const over = passed.length === 0 ? "" : `, ${count(passed.length, "error")} passed over`;
    return warnings + passed.length === 0
      ? "No findings that need attention."
      : `${count(warnings, "warning")}, no errors${over === "" ? "" : ` that stop it${over}`}.`;
  },
};

// server/src/features/deployments/prove-processes.ts
var wait2 = 3e4;
var every3 = 500;
var proveProcesses = async (job) => {
  const { host, environment: environment2, goal: goal2, store } = job;
  const deadline8 = host.clock.now() + wait2;
  for (;;) {
    const instances = await instancesOf(host.db, environment2.id, host.clock.now());
    const stale = await staleInstances(store, goal2.revision, instances);
    const starting = instances.filter(({ state }) => state === "starting");
    if (stale.length === 0 && starting.length === 0) {
      await job.note({ users: instances.length }, null);
      return instances.length === 0
        ? "No process reports here; `keyroll run` starts one."
        : `${count(instances.length, "process", "processes")} ${instances.length === 1 ? "runs" : "run"} revision ${goal2.revision}.`;
    }
    if (host.clock.now() >= deadline8) {
      const names2 = [...stale, ...starting].map(
        ({ host: where, pid, revision: revision2 }) => `${where}/${pid} (revision ${revision2})`,
      );
      throw new KeyrollError(
        "deployment_failed",
        `After 30 s these instances still run older values: ${names2.join(", ")}.`,
        {
          next: "Restart them, or look why they do not; then deploy again.",
        },
      );
    }
    await host.clock.sleep(every3, job.signal);
  }
};

// server/src/features/deployments/steps/prove.ts
var every4 = 1e3;
var isEvictable = (kind2) => rolledKinds.has(kind2) && kind2 !== "Service";
var prove = {
  name: "prove",
  run: async (job) => {
    if (job.environment.type === "process") return await proveProcesses(job);
    if (job.row.options.restart === "none")
      return "In the cluster; `keyroll status --wait` proves it when somebody has rolled.";
    const deadline8 = job.host.clock.now() + job.environment.settings.timeoutSeconds * 1e3;
    const evicted = /* @__PURE__ */ new Set();
    for (;;) {
      const { verdicts, workloads } = await look(job);
      const { rolling, held: held3, left } = sorted(verdicts, workloads);
      if (proven2(rolling)) return await proved(job, rolling, { held: held3.length, left });
      await replaceStragglers(job, rolling, evicted);
      if (job.host.clock.now() >= deadline8)
        throw new KeyrollError("deployment_failed", `Not proven in time: ${behind2(rolling)}.`);
      await job.host.clock.sleep(every4, job.signal);
    }
  },
};
var look = async (job) => {
  const { host, environment: environment2, goal: goal2, store } = job;
  const [{ pods: pods2, workloads }, writes, templates] = await Promise.all([
    job.target.observe(job.signal),
    writesOf(host.db, environment2.id),
    templatesOf(host.db, environment2.id),
  ]);
  const manifest = goal2.revision === 0 ? null : await store.manifest({ at: goal2.revision });
  const lastChange = new Map([...(manifest?.entries.values() ?? [])].map((entry3) => [entry3.key, entry3.revision]));
  const seen = job.row.facts.look;
  const verdicts = judge(
    writes,
    templates,
    pods2,
    { revision: goal2.revision, lastChange, kept: new Set(goal2.keep) },
    seen === null ? null : { ...seen, pods: new Set(seen.pods) },
  );
  return { verdicts, workloads };
};
var sorted = (verdicts, workloads) => {
  const known4 = new Map(workloads.map((workload) => [workload.uid, workload]));
  const of = ({ workload }) => known4.get(workload?.uid ?? "");
  const counted = verdicts.filter(isCounted);
  const isOthers = (one) => of(one) === void 0 || of(one)?.held === outsideRelease;
  const left = counted
    .filter((one) => isOthers(one) && !proven2([one]))
    .map((one) => {
      if (one.workload === null) return `Pod/${one.pod} (a pod of its own: delete it and make it again)`;
      const why = of(one)?.held ?? "Keyroll cannot see or roll it";
      return `${one.workload.kind}/${one.workload.name} (${why})`;
    });
  return {
    rolling: counted.filter((one) => of(one)?.held === null),
    held: counted.filter((one) => typeof of(one)?.held === "string" && !isOthers(one)),
    left: [...new Set(left)],
  };
};
var replaceStragglers = async (job, verdicts, evicted) => {
  const old = verdicts.filter(({ verdict, workload, podUid, evidence }) => {
    const isOld =
      verdict === "stale" ||
      verdict === "ambiguous" ||
      verdict === "drifted" ||
      (verdict === "current" && evidence === 4);
    return isOld && workload !== null && isEvictable(workload.kind) && !evicted.has(podUid);
  });
  const names2 = [...new Set(old.filter((one) => !proven2([one])).map(({ pod }) => pod))];
  if (names2.length === 0) return;
  await job.guard();
  const gone2 = new Set(await job.target.evict(names2, job.signal));
  for (const { pod, podUid } of old) if (gone2.has(pod)) evicted.add(podUid);
  if (gone2.size > 0)
    await job.journal({
      type: "log",
      message: `Replacing ${gone2.size} pods that the rollout left with older values: ${[...gone2].join(", ")}.`,
    });
};
var proved = async (job, verdicts, { held: held3, left }) => {
  const running2 = verdicts.filter(({ verdict }) => verdict === "current").length;
  await job.note({ users: running2, left: [...left] }, null);
  const more = [
    ...(held3 === 0 ? [] : [`; ${held3} held back on purpose`]),
    ...(left.length === 0 ? [] : [`; not restarted, since nobody rolls it: ${left.join(", ")}`]),
  ].join("");
  return running2 === 0
    ? `No container uses the Secret${more}.`
    : `${count(running2, "container")} proven to run it${more}.`;
};
var behind2 = (verdicts) =>
  verdicts
    .filter((one) => !proven2([one]))
    .slice(0, 5)
    .map(({ pod, container, verdict, reason: reason3 }) => `${pod}/${container} is ${verdict} (${reason3})`)
    .join("; ");

// server/src/features/deployments/steps/render.ts
var render = {
  name: "render",
  run: async (job) => {
    const goal2 = await targetGoal(job, { how: "off", marks: [] });
    job.rendered.first = await job.target.render(goal2, job.signal);
    if (job.rendered.first === null) return "There is nothing to render.";
    const lines = job.rendered.first.manifest.split("\n").length;
    return `Rendered ${job.goal.release?.chart ?? ""} ${job.goal.release?.version ?? ""}: ${lines} lines, ${job.rendered.first.hooks.length} hooks.`;
  },
};

// server/src/features/deployments/steps/roll.ts
var roll = {
  name: "roll",
  run: async (job) => {
    if (job.row.options.restart === "none") return "Somebody else rolls: the Secret is written, nothing is restarted.";
    const { settings: settings9 } = job.environment;
    const goal2 = await targetGoal(job, job.row.facts.restart ?? { how: "off", marks: [] });
    const deadline8 = job.host.clock.now() + settings9.timeoutSeconds * 1e3;
    const resumed = job.row.facts.rolling !== null;
    await job.note({ rolling: job.row.aim }, null);
    const run = {
      resumed,
      id: `${job.row.id}-${job.row.aim}`,
      aim: job.row.aim,
      deadline: deadline8,
      signal: job.signal,
      guard: job.guard,
    };
    for await (const event of job.target.roll(goal2, run)) {
      if (event.type === "failed") throw new KeyrollError("deployment_failed", event.reason);
      if (event.type === "helm") {
        await job.note({}, { type: "log", message: `Helm revision ${event.revision}.` }, async (tx) => {
          await tx
            .updateTable("deployment_runs")
            .set({ helm_revision: event.revision })
            .where("deployment_id", "=", job.row.id)
            .execute();
        });
        await recordTemplates(job);
      } else if (event.type === "held") {
        await job.note({ held: [.../* @__PURE__ */ new Set([...job.row.facts.held, event.workload])] }, event);
      } else if (event.type !== "done") await job.journal(event);
    }
    await recordTemplates(job);
    return job.row.facts.held.length === 0
      ? "Rolled out."
      : `Rolled out; held back on purpose: ${job.row.facts.held.join(", ")}.`;
  },
};

// server/src/features/deployments/steps/settle.ts
var settle = {
  name: "settle",
  run: async (job) => {
    const mirror = await job.target.mirror();
    if (mirror === null) return "Nothing to wait for.";
    if (mirror.ours && mirror.resourceVersion !== null) await look2(job, mirror.resourceVersion);
    const seconds2 = job.environment.settings.settleSeconds;
    if (seconds2 === 0) return "Nothing to wait for.";
    await job.host.clock.sleep(seconds2 * 1e3, job.signal);
    return `Waited ${seconds2} s for the kubelets' caches.`;
  },
};
var look2 = async (job, afterResourceVersion) => {
  const { pods: pods2 } = await job.target.observe(job.signal);
  await job.note({ look: { afterResourceVersion, pods: pods2.map(({ uid }) => uid) } }, null);
};

// server/src/features/deployments/steps/write.ts
var write = {
  name: "write",
  run: async (job) => {
    const mirror = await job.target.mirror();
    if (mirror === null) {
      await job.note({ written: true }, null, async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ live: liveOf2(job) })
          .where("deployment_id", "=", job.row.id)
          .execute();
      });
      return `Revision ${job.goal.revision} is what processes get from now on.`;
    }
    if (mirror.sealed !== null) throw sealed(job, mirror.sealed);
    const pairs = new Map(await pairsOf(job.store, job.goal));
    const from = mirror.ours ? mirror.revision : null;
    const leaving = await addLeaving(job, pairs, from, mirror.keys ?? []);
    const expect = mirror.exists ? (mirror.resourceVersion ?? "absent") : "absent";
    if (!job.row.facts.written && job.row.facts.expect !== null && expect !== job.row.facts.expect) {
      throw new KeyrollError(
        "foreign_secret",
        "The Secret was changed by somebody else since this deployment looked at it.",
        {
          next: "Deploy again: it looks anew.",
          changed: false,
        },
      );
    }
    await job.note(
      { written: true, expect, leaving, leavingFrom: leaving.length === 0 ? null : from },
      {
        type: "intent",
        message: `Writing revision ${job.goal.revision} (${count(pairs.size, "key")}).`,
        facts: { expect, revision: job.goal.revision },
      },
      async (tx) => {
        await tx
          .updateTable("deployment_runs")
          .set({ live: liveOf2(job) })
          .where("deployment_id", "=", job.row.id)
          .execute();
      },
    );
    await job.guard();
    const written = await job.target.write({
      expect,
      revision: job.goal.revision,
      pairs,
      adopt: job.row.options.adopt || job.row.options.overwriteDrift,
    });
    await recordWrite(job, mirror, written, "goal");
    const left =
      leaving.length === 0
        ? ""
        : `; ${count(leaving.length, "removed key")} ${leaving.length === 1 ? "stays" : "stay"} until the rollout is over`;
    return `Wrote revision ${job.goal.revision}: ${count(pairs.size, "key")}, read back and compared${left}.`;
  },
};
var sealed = ({ environment: environment2 }, why) => {
  const name3 = `${environment2.namespace ?? ""}/${environment2.secretName ?? ""}`;
  const cached =
    "Scale what uses it to zero, remove that Secret, then deploy: a kubelet that has seen it immutable gives its old values to new pods until no pod of its node uses it.";
  return new KeyrollError("foreign_secret", `The Secret ${name3} is ${why}: nobody can write it.`, {
    next: why === "immutable" ? cached : "Remove that Secret, or choose another name for an environment of its own.",
    changed: false,
  });
};
var liveOf2 = (job) => (job.row.aim === "goal" ? "goal" : "previous");
var addLeaving = async (job, pairs, from, present) => {
  const missing4 = present.filter((key2) => !pairs.has(key2));
  if (from === null || from === 0 || missing4.length === 0) return [];
  const manifest = await job.store.manifest({ at: from });
  const known4 = missing4.filter((key2) => manifest?.entries.has(key2));
  if (known4.length === 0) return [];
  for (const [key2, value2] of await job.store.read(from, known4)) pairs.set(key2, value2);
  return known4.toSorted();
};

// server/src/features/deployments/pipeline.ts
var pipeline = [observe, render, preflight2, write, settle, roll, prove, contract];
var fallbackStart = "write";
var stepAt = (name3) => {
  const step = pipeline.find((one) => one.name === name3);
  if (step === void 0) throw new Error(`no step ${name3}`);
  return step;
};
var stepAfter = (name3) => pipeline[pipeline.findIndex((step) => step.name === name3) + 1]?.name ?? null;

// server/src/features/deployments/follow.ts
var lookForCancel = 500;
var Cancelled = class extends Error {};
var follow2 = async (host, id4, lease, signal2) => {
  const row = await deploymentById(host.db, id4);
  const environment2 = row === null ? null : await environmentById(host.db, row.environmentId);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (row === null || environment2 === null || app2 === null) return;
  const cancel = new AbortController();
  const ended = new AbortController();
  const watching = watchForCancel(host, id4, cancel, ended.signal);
  try {
    const target = await openTarget(host, app2, environment2);
    for (
      let current = row;
      current !== null && current.state !== "done";
      current = await deploymentById(host.db, id4)
    ) {
      const stoppable = current.aim === "goal" ? AbortSignal.any([signal2, cancel.signal]) : signal2;
      const { job } = createJob(
        { host, app: app2, environment: environment2, target, lease, signal: stoppable },
        current,
      );
      await takeStep(job, cancel.signal, signal2);
    }
  } catch (error) {
    if (signal2.aborted) return;
    const failed2 = await deploymentById(host.db, id4);
    if (failed2 === null || (error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    const { job } = createJob(
      { host, app: app2, environment: environment2, target: unreachable4, lease, signal: signal2 },
      failed2,
    );
    await fail2(job, error);
  } finally {
    ended.abort();
    await watching;
  }
};
var unreachable4 = {
  render: async () => null,
  conflicts: async () => [],
  mirror: async () => null,
  values: async () => null,
  secretNamed: async () => null,
  glance: async () => null,
  compare: async () => null,
  release: async () => null,
  write: async () => await Promise.reject(new KeyrollError("internal", "no target")),
  // eslint-disable-next-line require-yield
  roll: async function* () {
    throw new KeyrollError("internal", "no target");
  },
  observe: async () => ({ workloads: [], pods: [], at: 0 }),
  recover: async () => [],
  evict: async () => [],
  uninstall: async () => void 0,
};
var watchForCancel = async (host, id4, cancel, until) => {
  while (!until.aborted && !cancel.signal.aborted) {
    const row = await host.db
      .selectFrom("deployment_runs")
      .select("cancel_requested")
      .where("deployment_id", "=", id4)
      .executeTakeFirst();
    if (row?.cancel_requested === 1) cancel.abort(new Cancelled());
    await host.clock.sleep(lookForCancel, until).catch(() => void 0);
  }
};
var takeStep = async (job, cancel, stop) => {
  const { step: name3, aim, cancelRequested } = job.row;
  try {
    if (cancelRequested && aim === "goal") throw new Cancelled();
    await job.journal({ type: "step", step: name3, aim, state: "started", message: "" });
    const message = await stepAt(name3).run(job);
    await advance(job, message);
  } catch (error) {
    if (stop.aborted || (error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    await fail2(job, cancel.aborted && aim === "goal" ? new Cancelled() : error);
  }
};
var move = async (job, change2, ...events) => {
  const { host, environment: environment2, row, lease } = job;
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const now = host.clock.now();
    await change2(tx, now);
    for (const event of events) await appendJournal(tx, environment2.id, row.id, now, event);
  });
};
var advance = async (job, message) => {
  const { row } = job;
  const done = { type: "step", step: row.step, aim: row.aim, state: "done", message };
  const next = row.aim === "fallback" && row.step === "prove" ? null : stepAfter(row.step);
  if (next !== null) {
    await move(
      job,
      async (tx) => {
        await tx.updateTable("deployment_runs").set({ step: next }).where("deployment_id", "=", row.id).execute();
      },
      done,
    );
    return;
  }
  if (row.aim === "goal") await finish(job, "running", "goal", running(job), done);
  else
    await finish(
      job,
      row.facts.cancelled ? "cancelled" : "failed",
      "previous",
      `${row.facts.failure ?? "It failed."} The previous state is back and proven.`,
      done,
    );
};
var running = ({ row }) => {
  const held3 = row.facts.held.length === 0 ? "" : ` Held back on purpose: ${row.facts.held.join(", ")}.`;
  const left = row.facts.left.length === 0 ? "" : ` Not restarted, with older values: ${row.facts.left.join(", ")}.`;
  const what = `Revision ${row.goal.revision}`;
  if (row.options.restart === "none") return `${what} is in the cluster; nothing was restarted.`;
  return row.facts.users === 0
    ? `${what} is deployed; no instance uses it.${held3}${left}`
    : `${what} is running.${held3}${left}`;
};
var sentenceOf2 = (error) => {
  if (error instanceof Cancelled) return "Cancelled.";
  if (error instanceof KeyrollError) return `${error.message} ${error.facts.next ?? ""}`.trim();
  return "Something went wrong inside Keyroll.";
};
var fail2 = async (job, error) => {
  const { row, environment: environment2, host } = job;
  const sentence = sentenceOf2(error);
  const cancelled = error instanceof Cancelled;
  if (!cancelled && !(error instanceof KeyrollError)) {
    host.log.error(
      { deployment: row.id, step: row.step, error: error instanceof Error ? error.name : typeof error },
      "a deployment step failed unexpectedly",
    );
  }
  const failed2 = { type: "step", step: row.step, aim: row.aim, state: "failed", message: sentence };
  if (row.aim === "fallback") {
    await finish(
      job,
      "failed",
      "mixed",
      `${row.facts.failure ?? "It failed."} The way back failed too (${row.step}): ${sentence}`,
      failed2,
    );
    return;
  }
  if (!row.facts.written) {
    await finish(job, cancelled ? "cancelled" : "failed", "unchanged", `${sentence} Nothing was changed.`, failed2);
    return;
  }
  if (row.fallback === null || environment2.settings.onFailure === "hold") {
    const why =
      row.fallback === null ? "there is nothing to go back to" : "the environment is set to hold after a failure";
    await finish(job, cancelled ? "cancelled" : "failed", "goal", `${sentence} It is left as it is: ${why}.`, failed2);
    return;
  }
  const facts3 = JSON.stringify({ ...row.facts, failure: sentence, cancelled });
  await move(
    job,
    async (tx) => {
      await tx
        .updateTable("deployment_runs")
        .set({ aim: "fallback", step: fallbackStart, facts: facts3 })
        .where("deployment_id", "=", row.id)
        .execute();
    },
    failed2,
    { type: "log", message: "Going back to what ran before: the previous secrets first, then the previous release." },
  );
};
var finish = async (job, verdict, live, outcome, ...events) => {
  const { row, host } = job;
  await move(
    job,
    async (tx, now) => {
      await tx
        .updateTable("deployment_runs")
        .set({ state: "done", verdict, live, outcome, ended_at: now })
        .where("deployment_id", "=", row.id)
        .execute();
      await host.jobs.wake(observeNow, row.environmentId, tx);
    },
    ...events,
    { type: "finished", state: verdict, message: outcome },
  );
  host.log.info({ deployment: row.id, verdict, live }, "deployment ended");
};

// server/src/features/deployments/worker.ts
var leaseLasts2 = 15e3;
var renewEvery = 4e3;
var sweepEvery = 5e3;
var leaseOf = (environmentId) => `environment:${environmentId}`;
var startWorker = (host) => {
  host.jobs.on("deployments", async (id4, signal2) => await work(host, id4, signal2));
  host.jobs.every("deployments", sweepEvery, async () => {
    const rows = await host.db
      .selectFrom("deployment_runs")
      .select("environment_id")
      .distinct()
      .where("state", "in", ["queued", "active"])
      .execute();
    const held3 = await heldScopes(
      host,
      rows.map((row) => leaseOf(row.environment_id)),
    );
    for (const row of rows)
      if (!held3.has(leaseOf(row.environment_id))) await host.jobs.wake("deployments", row.environment_id);
  });
};
var work = async (host, environmentId, stop) => {
  if ((await nextOf2(host.db, environmentId)) === null) return;
  const lease = await acquireLease(host, leaseOf(environmentId), host.instance, leaseLasts2);
  if (lease === null) return;
  const ended = new AbortController();
  const lost = new AbortController();
  const beat = keepLease(host, lease, ended.signal, lost);
  const signal2 = AbortSignal.any([stop, lost.signal]);
  try {
    for (let next = await claimNext(host, lease, environmentId); next !== null && !signal2.aborted;) {
      await follow2(host, next, lease, signal2);
      const after = await claimNext(host, lease, environmentId);
      if (after === next) break;
      next = after;
    }
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    host.log.warn({ environment: environmentId }, "this worker was silent for too long and was overtaken");
    return;
  } finally {
    ended.abort();
    await beat;
    await releaseLease(host, lease);
  }
  if ((await nextOf2(host.db, environmentId)) !== null) await host.jobs.wake("deployments", environmentId);
};
var keepLease = async (host, lease, until, lost) => {
  while (!until.aborted) {
    await host.clock.sleep(renewEvery, until).catch(() => void 0);
    if (until.aborted) return;
    try {
      await renewLease(host, lease, leaseLasts2);
    } catch (error) {
      lost.abort(error);
      return;
    }
  }
};
var nextOf2 = async (db, environmentId) => {
  const first = await db
    .selectFrom("deployment_runs")
    .innerJoin("deployments", "deployments.id", "deployment_runs.deployment_id")
    .select("deployments.id")
    .where("deployment_runs.environment_id", "=", environmentId)
    .where("deployment_runs.state", "in", ["queued", "active"])
    .orderBy("deployments.number")
    .limit(1)
    .executeTakeFirst();
  return first?.id ?? null;
};
var claimNext = async (host, lease, environmentId) =>
  await host.db.transaction().execute(async (tx) => {
    await requireLease(host, tx, lease);
    const id4 = await nextOf2(tx, environmentId);
    if (id4 === null) return null;
    await tx
      .updateTable("deployment_runs")
      .set((e) => ({ state: "active", started_at: e.fn.coalesce("started_at", e.val(host.clock.now())) }))
      .where("deployment_id", "=", id4)
      .execute();
    return id4;
  });

// server/src/features/paging.ts
var startOf = (cursor) => cursor ?? null;
var cut = (rows, limit, idOf) => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== void 0 ? idOf(last) : null };
};

// server/src/features/access/sessions.ts
var memberOf = (actor) => {
  if (actor.kind === "member") return actor;
  throw new KeyrollError("not_allowed", "Sessions and passwords belong to people at a browser, not to tokens.", {
    next: "Sign in in the browser.",
  });
};
var listSessions = query(routes["sessions.list"], async ({ db, actor, query: page3, now }) => {
  const start2 = startOf(page3.cursor);
  let rows = db
    .selectFrom("sessions")
    .select(["id", "created_at", "seen_at", "expires_at"])
    .where("member_id", "=", memberOf(actor).id)
    .where("expires_at", ">", now)
    .where("seen_at", ">", now - sessionIdle);
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({
      id: row.id,
      since: row.created_at,
      lastUsedAt: row.seen_at,
      expires: row.expires_at,
      current: row.id === actor.via,
    })),
    next,
  };
});
var endSession = mutation(routes["sessions.end"], async ({ tx, actor, params, commit }) => {
  const done = await tx
    .deleteFrom("sessions")
    .where("id", "=", params.session)
    .where("member_id", "=", memberOf(actor).id)
    .executeTakeFirst();
  if (done.numDeletedRows !== 1n)
    throw new KeyrollError("not_found", "You have no such session, or it has ended.", { field: "session" });
  const entry3 = { action: "sessions.end", details: { session: params.session } };
  return params.session === actor.via ? await commit(entry3, {}, { session: "end" }) : await commit(entry3, {});
});

// server/src/features/access/password.ts
var checkPassword = async ({ db, host, actor }, password2, field2) => {
  const member = await db
    .selectFrom("members")
    .select(["id", "name", "login", "password_hash"])
    .where("id", "=", memberOf(actor).id)
    .executeTakeFirstOrThrow();
  await throttle(host, /* @__PURE__ */ new Map([[`login:${member.login}`, 10]]));
  if (!(await host.passwords.verify(password2, member.password_hash)))
    throw new KeyrollError("wrong_credentials", "The password is not right.", { field: field2, next: "Check it." });
  return { id: member.id, name: member.name };
};
var confirmPassword = prepared(
  routes["access.confirm"],
  async (ctx) => await checkPassword(ctx, ctx.input.password, "password"),
  async ({ tx, host, actor, now, commit }, member) => {
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
    const begun = await beginSession(tx, host, member, now);
    return await commit({ action: "access.confirm" }, { me: identityOf2(begun.actor) }, { session: begun.session });
  },
);
var changePassword = prepared(
  routes["access.password"],
  async (ctx) => {
    const member = await checkPassword(ctx, ctx.input.current, "current");
    if (ctx.input.next === ctx.input.current)
      throw new KeyrollError("invalid", "next: the new password is the old one.", { field: "next", changed: false });
    return { member, hash: await ctx.host.passwords.hash(ctx.input.next) };
  },
  async ({ tx, host, actor, now, commit }, { member, hash: hash2 }) => {
    await tx.updateTable("members").set({ password_hash: hash2 }).where("id", "=", member.id).execute();
    const others2 = await tx
      .deleteFrom("sessions")
      .where("member_id", "=", member.id)
      .where("id", "!=", actor.via ?? "")
      .executeTakeFirst();
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
    const begun = await beginSession(tx, host, member, now);
    const ended = Number(others2.numDeletedRows);
    return await commit(
      { action: "access.password", details: { ended } },
      { me: identityOf2(begun.actor), ended },
      { session: begun.session },
    );
  },
);

// server/src/features/access/issue-token.ts
import { crc32 } from "node:zlib";
var tokenText = (host, kind2, id4) => {
  const body = `krl_${kind2}_${id4.toLowerCase()}_${randomText(host, 32)}`;
  return `${body}_${crc32(body).toString(36).padStart(7, "0")}`;
};
var issueToken = async (tx, host, request) => {
  const id4 = host.random.id();
  const text4 = tokenText(host, request.kind, id4);
  const expires = request.now + request.days * 24 * 3600 * 1e3;
  await tx
    .insertInto("tokens")
    .values({
      id: id4,
      hash: host.passwords.digest(text4),
      kind: request.kind,
      name: request.name,
      member_id: request.memberId,
      created_at: request.now,
      created_by: request.createdBy,
      used_at: null,
      expires_at: expires,
      revoked_at: null,
    })
    .execute();
  const actor = {
    kind: "token",
    id: id4,
    name: request.name,
    role: "administrator",
    via: id4,
    since: request.now,
    expires,
  };
  return { text: text4, id: id4, expires, actor };
};

// server/src/features/access/device.ts
var lasts = 10 * 60;
var letters = "BCDFGHJKLMNPQRSTVWXZ";
var device = prepared(
  routes["access.device"],
  async ({ host, address }) => {
    await throttle(host, /* @__PURE__ */ new Map([[`device:${address ?? "-"}`, 30]]));
    return true;
  },
  async ({ tx, host, input, now, commit }, _throttled) => {
    const deviceCode = `krd_${randomText(host, 40)}`;
    const picked = [...host.random.bytes(64)].filter((byte) => byte < 240).slice(0, 8);
    const code = picked.map((byte) => letters.charAt(byte % 20)).join("");
    const userCode = `${code.slice(0, 4)}-${code.slice(4)}`;
    await tx.deleteFrom("device_codes").where("expires_at", "<", now).execute();
    await tx
      .insertInto("device_codes")
      .values({
        hash: host.passwords.digest(deviceCode),
        user_code: userCode,
        client: input.client,
        state: "pending",
        member_id: null,
        created_at: now,
        expires_at: now + lasts * 1e3,
      })
      .execute();
    return await commit(
      { action: "access.device", details: { client: input.client } },
      {
        deviceCode,
        userCode,
        verificationUrl: `${host.publicUrl}/device?code=${userCode}`,
        expiresIn: lasts,
        interval: 2,
      },
    );
  },
);
var deviceToken = mutation(routes["access.deviceToken"], async ({ tx, host, input, now, commit }) => {
  const hash2 = host.passwords.digest(input.deviceCode);
  const row = await tx.selectFrom("device_codes").selectAll().where("hash", "=", hash2).executeTakeFirst();
  const answer3 = (state) => commit(null, { state, token: null });
  if (row === void 0 || row.expires_at <= now) return await answer3("expired");
  if (row.state === "pending") return await answer3("pending");
  const taken = await tx.deleteFrom("device_codes").where("hash", "=", hash2).executeTakeFirst();
  if (row.state !== "allowed" || row.member_id === null || taken.numDeletedRows !== 1n) return await answer3("denied");
  const member = await tx
    .selectFrom("members")
    .select(["id", "name"])
    .where("id", "=", row.member_id)
    .executeTakeFirst();
  if (member === void 0) return await answer3("denied");
  const issued = await issueToken(tx, host, {
    kind: "cli",
    name: row.client,
    memberId: member.id,
    createdBy: member.name,
    days: 90,
    now,
  });
  return await commit(
    {
      action: "tokens.create",
      actor: { ...issued.actor, kind: "member", id: member.id, name: member.name },
      details: { name: row.client, kind: "cli" },
    },
    { state: "done", token: issued.text },
  );
});
var deviceConfirm = prepared(
  routes["access.deviceConfirm"],
  async ({ host, actor }) => {
    await throttle(host, /* @__PURE__ */ new Map([[`confirm:${actor.id}`, 30]]));
    return true;
  },
  async ({ tx, actor, input, now, commit }, _throttled) => {
    if (actor.kind !== "member") {
      throw new KeyrollError("not_allowed", "A code is confirmed by a person in the browser, not with a token.");
    }
    const code = input.userCode.trim().toUpperCase();
    const row = await tx.selectFrom("device_codes").selectAll().where("user_code", "=", code).executeTakeFirst();
    if (row === void 0 || row.expires_at <= now || row.state !== "pending") {
      throw new KeyrollError("not_found", "This code is unknown, used, or older than 10 minutes.", {
        field: "userCode",
        next: "Run `keyroll login` again and compare the code.",
      });
    }
    await tx
      .updateTable("device_codes")
      .set({ state: input.allow ? "allowed" : "denied", member_id: actor.id })
      .where("hash", "=", row.hash)
      .execute();
    return await commit(
      { action: "access.deviceConfirm", details: { client: row.client, allow: input.allow } },
      { client: row.client },
    );
  },
);

// server/src/features/access/login.ts
var login2 = prepared(
  routes["access.login"],
  async ({ db, host, input, address }) => {
    const name3 = input.name.toLowerCase();
    await throttle(
      host,
      /* @__PURE__ */ new Map([
        [`login:${name3}`, 10],
        [`address:${address ?? "-"}`, 50],
      ]),
    );
    const row = await db
      .selectFrom("members")
      .select(["id", "name", "password_hash"])
      .where("login", "=", name3)
      .executeTakeFirst();
    const right = await host.passwords.verify(input.password, row?.password_hash ?? null);
    if (row === void 0 || !right) throw new KeyrollError("wrong_credentials", "Name or password is not right.");
    return { id: row.id, name: row.name };
  },
  async ({ tx, host, now, commit }, member) => {
    const { session: session2, actor } = await beginSession(tx, host, member, now);
    return await commit({ action: "access.login", actor }, { me: identityOf2(actor) }, { session: session2 });
  },
);

// server/src/features/access/logout.ts
var logout = mutation(routes["access.logout"], async ({ tx, actor, now, commit }) => {
  if (actor.kind === "member")
    await tx
      .deleteFrom("sessions")
      .where("id", "=", actor.via ?? "")
      .execute();
  else
    await tx
      .updateTable("tokens")
      .set({ revoked_at: now })
      .where("id", "=", actor.via ?? "")
      .execute();
  return await commit({ action: "access.logout" }, {}, { session: "end" });
});

// server/src/features/access/me.ts
var me = query(routes["access.me"], async ({ db, host, actor }) => {
  const member = await db.selectFrom("members").select("id").limit(1).executeTakeFirst();
  return {
    me: actor.kind === "anonymous" ? null : identityOf2(actor),
    setUp: member !== void 0,
    sealed: !host.keys.open,
    version: actor.kind === "anonymous" ? "" : host.version,
  };
});

// server/src/features/access/members.ts
var listMembers = query(routes["members.list"], async ({ db, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db.selectFrom("members").select(["id", "name", "created_at"]);
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({
      id: row.id,
      name: row.name,
      role: "administrator",
      createdAt: row.created_at,
    })),
    next,
  };
});

// server/src/features/access/setup.ts
var setup = prepared(
  routes["access.setup"],
  async ({ host, input, address }) => {
    await throttle(host, /* @__PURE__ */ new Map([[`setup:${address ?? "-"}`, 20]]));
    return await host.passwords.hash(input.password);
  },
  async ({ tx, host, input, now, commit }, hash2) => {
    const { count: count3 } = await tx
      .selectFrom("members")
      .select((e) => e.fn.countAll().as("count"))
      .executeTakeFirstOrThrow();
    if (count3 > 0)
      throw new KeyrollError("already_exists", "The first Administrator exists already.", {
        next: "Sign in, or ask that person.",
      });
    const used = await tx
      .updateTable("one_time_links")
      .set({ used_at: now })
      .where("hash", "=", host.passwords.digest(input.code))
      .where("purpose", "=", "setup")
      .where("used_at", "is", null)
      .where("expires_at", ">", now)
      .executeTakeFirst();
    if (used.numUpdatedRows !== 1n) {
      throw new KeyrollError(
        "wrong_credentials",
        "This set-up link is not valid, was used, or is older than an hour.",
        {
          field: "code",
          next: "Restart the server: it prints a new link.",
        },
      );
    }
    const member = { id: host.random.id(), name: input.name };
    await tx
      .insertInto("members")
      .values({
        ...member,
        login: input.name.toLowerCase(),
        password_hash: hash2,
        role: "administrator",
        created_at: now,
      })
      .execute();
    const { session: session2, actor } = await beginSession(tx, host, member, now);
    return await commit(
      { action: "access.setup", actor, details: { name: input.name } },
      { me: identityOf2(actor) },
      { session: session2 },
    );
  },
);

// server/src/features/access/tokens.ts
var kindOf4 = (text4) => (text4 === "cli" || text4 === "bootstrap" ? text4 : "api");
var listTokens = query(routes["tokens.list"], async ({ db, query: page3, now }) => {
  const start2 = startOf(page3.cursor);
  let rows = db
    .selectFrom("tokens")
    .select(["id", "name", "kind", "created_at", "created_by", "used_at", "expires_at"])
    .where("revoked_at", "is", null)
    .where((e) => e.or([e("expires_at", "is", null), e("expires_at", ">", now)]));
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({
      id: row.id,
      name: row.name,
      kind: kindOf4(row.kind),
      createdAt: row.created_at,
      createdBy: row.created_by,
      lastUsedAt: row.used_at,
      expires: row.expires_at,
    })),
    next,
  };
});
var createToken = mutation(routes["tokens.create"], async ({ tx, host, actor, input, now, commit }) => {
  const memberId = actor.kind === "member" ? actor.id : null;
  const made = await issueToken(tx, host, {
    kind: "api",
    name: input.name,
    memberId,
    createdBy: actor.name,
    days: input.days,
    now,
  });
  const token3 = {
    id: made.id,
    name: input.name,
    kind: "api",
    createdAt: now,
    createdBy: actor.name,
    lastUsedAt: null,
    expires: made.expires,
  };
  return await commit(
    { action: "tokens.create", details: { token: made.id, name: input.name, days: input.days } },
    { token: token3, text: made.text },
  );
});
var revokeToken = mutation(routes["tokens.revoke"], async ({ tx, params, now, commit }) => {
  const done = await tx
    .updateTable("tokens")
    .set({ revoked_at: now })
    .where("id", "=", params.token)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n)
    throw new KeyrollError("not_found", "There is no such token, or it is revoked already.", { field: "token" });
  return await commit({ action: "tokens.revoke", details: { token: params.token } }, {});
});

// server/src/features/apps/create.ts
var createApp = mutation(routes["apps.create"], async ({ tx, host, input, now, commit }) => {
  const app2 = { id: host.random.id(), name: input.name, title: input.title ?? input.name };
  const made = await tx
    .insertInto("apps")
    .values({ ...app2, created_at: now })
    .onConflict((conflict2) => conflict2.column("name").doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) {
    throw new KeyrollError("already_exists", `An app \`${input.name}\` exists already.`, {
      field: "name",
      changed: false,
    });
  }
  return await commit(
    { action: "apps.create", app: app2, details: { title: app2.title } },
    { app: { ...app2, createdAt: now, environments: 0, releases: 0 } },
  );
});

// server/src/features/apps/queries.ts
var appViews = (db) =>
  db
    .selectFrom("apps")
    .select(["id", "name", "title", "created_at as createdAt"])
    .select((e) => [
      e
        .selectFrom("environments")
        .select((c) => c.fn.countAll().as("n"))
        .whereRef("environments.app_id", "=", "apps.id")
        .as("environments"),
      e
        .selectFrom("releases")
        .select((c) => c.fn.countAll().as("n"))
        .whereRef("releases.app_id", "=", "apps.id")
        .as("releases"),
    ]);
var appView = async (db, id4) => {
  const row = await appViews(db).where("id", "=", id4).executeTakeFirstOrThrow();
  return { ...row, environments: row.environments ?? 0, releases: row.releases ?? 0 };
};

// server/src/features/apps/get.ts
var getApp = query(routes["apps.get"], async ({ db, app: app2 }) => ({ app: await appView(db, app2.id) }));

// server/src/features/apps/list.ts
var listApps = query(routes["apps.list"], async ({ db, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = appViews(db);
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({ ...row, environments: row.environments ?? 0, releases: row.releases ?? 0 })),
    next,
  };
});

// server/src/features/apps/remove.ts
var removeApp = mutation(routes["apps.remove"], async ({ tx, app: app2, commit }) => {
  const left = await tx.selectFrom("environments").select("name").where("app_id", "=", app2.id).execute();
  if (left.length > 0) {
    throw new KeyrollError(
      "in_use",
      `App \`${app2.name}\` has ${count(left.length, "environment")}: ${left.map((row) => row.name).join(", ")}.`,
      {
        actual: left.length,
        limit: 0,
        next: "Remove them first: `keyroll env rm NAME`.",
      },
    );
  }
  await tx.deleteFrom("apps").where("id", "=", app2.id).execute();
  return await commit({ action: "apps.remove" }, {});
});

// server/src/features/apps/update.ts
var updateApp = mutation(routes["apps.update"], async ({ tx, app: app2, input, commit }) => {
  await tx.updateTable("apps").set({ title: input.title }).where("id", "=", app2.id).execute();
  return await commit(
    { action: "apps.update", details: { title: input.title, was: app2.title } },
    { app: await appView(tx, app2.id) },
  );
});

// server/src/features/audit/list.ts
import { z as z44 } from "zod";
var details = z44.record(z44.string(), z44.unknown());
var listAudit = query(routes["audit.list"], async ({ db, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db.selectFrom("audit").selectAll();
  if (start2 !== null) rows = rows.where("id", "<", start2);
  if (page3.environment !== void 0) rows = rows.where("environment_id", "=", page3.environment);
  if (page3.action !== void 0) rows = rows.where("action", "=", page3.action);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: items.map((row) => ({
      id: row.id,
      at: row.at,
      actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
      action: row.action,
      app: row.app_name,
      environment: row.environment_name,
      details: details.parse(JSON.parse(row.details)),
      requestId: row.request_id,
    })),
    next,
  };
});

// server/src/features/operations-table.ts
import { z as z46 } from "zod";

// server/src/features/progress.ts
import { z as z45 } from "zod";
var progressView = z45
  .object({ written: z45.number(), of: z45.number(), secondsLeft: z45.number().nullable() })
  .nullable();
var lately = 5e3;
var createProgress = (clock2) => {
  let last = null;
  let toldAt = 0;
  let steps = [];
  const byPace = ({ written, of }) => {
    const now = clock2.now();
    const earlier = steps.filter((step) => step.written < written);
    const first = earlier.findLast(({ at: at3 }) => at3 <= now - lately) ?? earlier[0];
    if (first === void 0) return null;
    return ((now - first.at) / (written - first.written)) * (of - written);
  };
  return {
    tell: (written) => {
      if (last !== null && (written.of !== last.of || written.written < last.written)) steps = [];
      last = written;
      toldAt = clock2.now();
      steps.push({ at: toldAt, written: written.written });
    },
    hasBegun: () => last !== null,
    share: () => (last === null || last.of === 0 ? 0 : last.written / last.of),
    now: () => {
      if (last === null || last.of === 0) return null;
      const { written, of, left } = last;
      const pace = byPace(last);
      const byQuota = Math.max(0, left - (clock2.now() - toldAt));
      const known4 = pace === null && byQuota === 0 ? null : Math.max(byQuota, pace ?? 0);
      return { written, of, secondsLeft: known4 === null ? null : Math.max(1, Math.ceil(known4 / 1e3)) };
    },
  };
};

// server/src/features/operations-table.ts
var lookEvery = 500;
var insertOperation = async (tx, id4, route2, ctx, call4, intent) => {
  await tx
    .insertInto("operations")
    .values({
      id: id4,
      route: `${route2.method} ${route2.path}`,
      environment_id: ctx.environment?.id ?? null,
      actor: JSON.stringify(call4.actor),
      intent: JSON.stringify(intent),
      holder: ctx.host.instance,
      begun_at: ctx.now,
      settled_at: null,
      outcome: null,
      share: 0,
      progress: null,
      cancel_requested: 0,
      result: null,
      problem: null,
      tidied_at: null,
    })
    .execute();
};
var closeOperation = async (db, id4, holder, end) => {
  const { error, result, wroteNothing = false } = end;
  const known4 = error instanceof KeyrollError ? error : new KeyrollError("internal", "Something went wrong inside.");
  const closed3 = await db
    .updateTable("operations")
    .set({
      settled_at: end.at,
      outcome: end.outcome,
      result: result === void 0 || result === null ? null : JSON.stringify(result),
      problem: error === void 0 ? null : JSON.stringify(known4.toProblem()),
      ...(wroteNothing ? { tidied_at: end.at } : {}),
    })
    .where("id", "=", id4)
    .where("holder", "=", holder)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  if (closed3.numUpdatedRows !== 1n)
    throw new KeyrollError("lease_lost", "This server was silent for too long: another one settles what it had begun.");
};
var leaveOperation = async (db, id4, holder) => {
  await db
    .updateTable("operations")
    .set({ holder: "" })
    .where("id", "=", id4)
    .where("holder", "=", holder)
    .where("settled_at", "is", null)
    .execute();
};
var parse5 = (text4) => JSON.parse(text4);
var record2 = (text4) => z46.record(z46.string(), z46.unknown()).parse(parse5(text4));
var operationById = async (db, id4, environmentId) => {
  const row = await db.selectFrom("operations").selectAll().where("id", "=", id4).executeTakeFirst();
  if (row === void 0 || (environmentId !== void 0 && row.environment_id !== environmentId)) {
    throw new KeyrollError("not_found", `There is no operation \`${id4.slice(0, 64)}\` in this environment.`, {
      field: "operation",
      next: "`keyroll history` shows what was saved.",
    });
  }
  const state =
    row.settled_at === null
      ? "running"
      : row.problem !== null
        ? "failed"
        : row.outcome === "done"
          ? "done"
          : "recovered";
  return {
    id: row.id,
    state,
    share: state === "done" ? 1 : row.share,
    progress: state === "running" && row.progress !== null ? progressView.parse(parse5(row.progress)) : null,
    begunAt: row.begun_at,
    settledAt: row.settled_at,
    cancelRequested: row.cancel_requested === 1,
    result: row.result === null ? null : parse5(row.result),
    problem: row.problem === null ? null : record2(row.problem),
    message: state === "recovered" ? row.outcome : null,
  };
};
var within = async (host, running2, ms) => {
  const ended = new AbortController();
  try {
    return await Promise.race([
      running2.then((result) => ({ result })),
      host.clock.sleep(ms, ended.signal).then(
        () => null,
        () => null,
      ),
    ]);
  } finally {
    ended.abort();
  }
};
var attend = (host, id4, { running: running2, progress, stop }) => {
  const ended = new AbortController();
  running2.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  const look3 = async () => {
    while (!ended.signal.aborted) {
      const row = await host.db
        .updateTable("operations")
        .set({ share: progress.share(), progress: JSON.stringify(progress.now()) })
        .where("id", "=", id4)
        .where("settled_at", "is", null)
        .returning("cancel_requested")
        .executeTakeFirst();
      if (row?.cancel_requested === 1)
        stop.abort(new KeyrollError("cancelled", "It was cancelled before it was done.", { changed: false }));
      await host.clock.sleep(lookEvery, ended.signal).catch(() => void 0);
    }
  };
  void look3().catch((error) =>
    host.log.warn(
      { operation: id4, error: error instanceof Error ? error.name : "?" },
      "its progress cannot be written",
    ),
  );
};

// server/src/features/operation.ts
var patience5 = 1e3;
var operation = (route2, steps) => {
  const hold = async (ctx, tx) => {
    const { environment: environment2 } = subjectOf(ctx);
    if (environment2 !== void 0 && steps.recover !== "nothing-to-recover")
      await holdStore(tx, ctx.host.dialect, environment2);
  };
  const begin = async (ctx, call4, tx) => {
    await hold(ctx, tx);
    const begun = await steps.begin({
      ...ctx,
      tx,
      begin: async (entry3, intent) => {
        if (entry3 !== null) await writeAudit(tx, ctx.host, call4.actor, call4.requestId, subjectOf(ctx), entry3);
        return new Begun(intent);
      },
    });
    return begun.intent;
  };
  const settle3 = async (ctx, call4, tx, intent, effect) => {
    const commit = committer(tx, ctx.host, call4, subjectOf(ctx));
    const made = await steps.settle(
      {
        ...ctx,
        tx,
        commit,
        commitAs: async (entry3, result) => await committer(tx, ctx.host, call4, subjectOf(ctx))(entry3, result),
      },
      intent,
      effect,
    );
    await keepOutcome(tx, route2, call4, made.result);
    return made;
  };
  const inOne = async (ctx, call4) =>
    await ctx.host.db.transaction().execute(async (tx) => {
      const earlier = await takeOutcome(tx, route2, ctx.host, call4);
      if (earlier !== null) return earlier.result;
      const intent = await begin(ctx, call4, tx);
      const effect = await steps.effect({ ...ctx, tx, operation: null, progress: () => void 0 }, intent);
      return (await settle3(ctx, call4, tx, intent, effect)).result;
    });
  const inSteps = async (ctx, call4) => {
    const { host } = ctx;
    const id4 = host.random.id();
    const recoverable2 = steps.recover !== "nothing-to-recover";
    const started2 = await host.db.transaction().execute(async (tx) => {
      const earlier = await takeOutcome(tx, route2, host, call4);
      if (earlier !== null) return earlier;
      const intent = await begin(ctx, call4, tx);
      if (recoverable2)
        await insertOperation(tx, id4, route2, { ...subjectOf(ctx), host, now: ctx.now }, call4, intent);
      return { intent };
    });
    if ("result" in started2) return started2;
    const last = route2.progress === true && recoverable2;
    const stop = new AbortController();
    const progress = createProgress(host.clock);
    const run = async () => {
      const effect = await steps
        .effect(
          {
            ...ctx,
            tx: null,
            operation: recoverable2 ? id4 : null,
            // A caller that goes away does not stop what outlives requests; only a cancellation does.
            signal: last ? stop.signal : ctx.signal,
            progress: (written) => progress.tell(written),
          },
          started2.intent,
        )
        .catch(async (error) => {
          if (recoverable2 && !(error instanceof KeyrollError && error.code === "indeterminate"))
            await closeOperation(host.db, id4, host.instance, {
              at: host.clock.now(),
              outcome: "failed",
              error,
              wroteNothing: !progress.hasBegun(),
            });
          throw error;
        });
      const made = await host.db.transaction().execute(async (tx) => {
        const settled = await settle3(ctx, call4, tx, started2.intent, effect);
        if (recoverable2)
          await closeOperation(tx, id4, host.instance, {
            at: host.clock.now(),
            outcome: "done",
            result: last ? settled.result : null,
          });
        return settled;
      });
      return made.result;
    };
    const running2 = run().catch(async (error) => {
      if (recoverable2) await leaveOperation(host.db, id4, host.instance).catch(() => void 0);
      throw error;
    });
    if (!last) return { result: await running2 };
    const inTime = await within(host, running2, patience5);
    if (inTime !== null) return inTime;
    attend(host, id4, { running: running2, progress, stop });
    return { accepted: await operationById(host.db, id4) };
  };
  return {
    route: route2,
    run: async (host, call4) => {
      const ctx = await contextOf(route2, host, call4, host.db);
      const atomic = steps.atomic?.(ctx) ?? false;
      const outcome = atomic ? { result: await inOne(ctx, call4) } : await inSteps(ctx, call4);
      return "accepted" in outcome
        ? { result: { operation: outcome.accepted }, session: null, accepted: true }
        : { result: outcome.result, session: null };
    },
    recover: async (host, row) =>
      steps.recover === "nothing-to-recover" ? "nothing to recover" : await steps.recover(host, row),
  };
};

// server/src/features/connection-encryption.ts
import { z as z47 } from "zod";
var encryption3 = {
  state: z47.enum(["verified", "declared", "not-encrypted", "unknown"]),
  label: z47.string(),
  message: z47.string(),
  next: z47.string().nullable(),
};
var kept = z47.object({
  ...encryption3,
  checkedAt: z47.number(),
  /** By environment, where its own Secret is kept in another way than new ones. */
  differs: z47.record(z47.string(), z47.object(encryption3)),
});
var keepEncryption = ({ differing, ...found }, checkedAt) =>
  JSON.stringify({
    ...found,
    checkedAt,
    differs: Object.fromEntries(differing.map(({ place: place3, ...own2 }) => [place3.environmentId, own2])),
  });
var encryptionOf = (text4, environmentId) => {
  if (text4 === null) return null;
  const { differs: differs2, ...found } = kept.parse(JSON.parse(text4));
  const own2 = environmentId === null ? void 0 : differs2[environmentId];
  return own2 === void 0 ? found : { ...own2, checkedAt: found.checkedAt };
};

// server/src/features/connections/queries.ts
import { z as z48 } from "zod";
var clusterView = routes["connections.get"].output.shape.connection.shape.cluster;
var settings8 = z48.record(z48.string(), z48.unknown());
var connectionRow = async (db, nameOrId) => {
  const row = await db
    .selectFrom("connections")
    .selectAll()
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row === void 0) {
    const names2 = (await db.selectFrom("connections").select("name").execute()).map((other) => other.name);
    const near = nearest(nameOrId, names2);
    throw new KeyrollError("not_found", `There is no connection \`${nameOrId}\`.`, {
      field: "connection",
      ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
    });
  }
  return {
    id: row.id,
    name: row.name,
    cluster: clusterView.parse(JSON.parse(row.cluster)),
    clusterKey: row.cluster_key,
    credential: row.credential,
    storeKind: row.store_kind,
    storeSettings: settings8.parse(JSON.parse(row.store_settings)),
    createdAt: row.created_at,
    encryption: row.encryption,
  };
};
var connectionView = async (db, row) => {
  const { n } = await db
    .selectFrom("environments")
    .select((e) => e.fn.countAll().as("n"))
    .where((e) => e.or([e("connection_id", "=", row.id), e("moved_from", "=", row.id)]))
    .executeTakeFirstOrThrow();
  return {
    id: row.id,
    name: row.name,
    cluster: row.cluster,
    store: { kind: row.storeKind, settings: { ...row.storeSettings } },
    environments: n,
    encryption: encryptionOf(row.encryption, null),
    createdAt: row.createdAt,
  };
};

// server/src/features/connections/check.ts
var checkConnection = operation(routes["connections.check"], {
  begin: async ({ tx, params, begin }) => {
    const row = await connectionRow(tx, params.connection);
    return await begin({ action: "connections.check", details: { connection: row.name } }, row);
  },
  effect: async ({ host, input }, row) => {
    const store = await host.stores.check(row.storeKind, row.storeSettings, host);
    const credentials3 = await unwrapCredentials(host, row.id);
    const namespace = input.namespace ?? null;
    const cluster4 = credentials3 === null ? [] : await host.clusters.check(credentials3, namespace);
    const isReached = cluster4.some(({ id: id4, ok }) => id4 === "reach" && ok);
    const encryption4 =
      credentials3 === null || !isReached
        ? null
        : await host.clusters.encryption(credentials3.keyroll, {
            namespace: namespace ?? "default",
            secrets: await secretsOf(host, row.id),
            cloudCluster: (row.cluster.kind === "kubernetes" ? row.cluster.cloudCluster : void 0) ?? null,
          });
    return {
      findings: [...store, ...cluster4, ...(encryption4 === null ? [] : findingsOf2(encryption4))],
      encryption: encryption4,
    };
  },
  settle: async ({ tx, host, commit }, row, { findings, encryption: encryption4 }) => {
    const before = encryptionOf(row.encryption, null);
    if (encryption4 !== null)
      await tx
        .updateTable("connections")
        .set({ encryption: keepEncryption(encryption4, host.clock.now()) })
        .where("id", "=", row.id)
        .where("cluster_key", "=", row.clusterKey)
        .execute();
    const isNews = encryption4 !== null && encryption4.label !== before?.label;
    return await commit(
      isNews
        ? {
            action: "connections.encryption",
            details: { connection: row.name, before: before?.label ?? null, now: encryption4.label },
          }
        : null,
      {
        ok: findings.every((finding4) => finding4.ok || !finding4.required),
        findings: findings.map((finding4) => ({ ...finding4 })),
      },
    );
  },
  recover: "nothing-to-recover",
});
var secretsOf = async (host, connectionId) => {
  const rows = await host.db
    .selectFrom("environments")
    .select(["id", "namespace", "secret_name"])
    .where("connection_id", "=", connectionId)
    .orderBy("id")
    .execute();
  return rows.flatMap(({ id: id4, namespace, secret_name: name3 }) =>
    namespace === null || name3 === null ? [] : [{ environmentId: id4, namespace, name: name3 }],
  );
};
var findingsOf2 = (report) => [
  {
    id: "encryption",
    what: "encryption at rest",
    ok: report.state === "verified" || report.state === "declared",
    required: false,
    message: `${report.label}. ${report.message}`,
    next: report.next,
  },
  ...report.differing.map(({ place: place3, message, next }) => ({
    id: "encryption-before",
    what: `encryption at rest of ${place3.namespace}/${place3.name}`,
    ok: false,
    required: false,
    message,
    next,
  })),
];

// server/src/features/connections/consent.ts
var requireConsent = (costs, isAccepted) => {
  const [cost2] = costs;
  if (cost2 === void 0 || isAccepted) return;
  throw new KeyrollError("confirmation_required", `\`${cost2.setting}\` ${cost2.value} costs: ${cost2.text}`, {
    field: `store.settings.${cost2.setting}`,
    next: `Accept it (\`acceptCost: true\`, \`--yes\`), or leave \`${cost2.setting}\` out.`,
    changed: false,
  });
};

// server/src/features/connections/cluster.ts
var eksOf = ({ clusterName, region: region2, roleArn, externalId }) => ({
  clusterName,
  region: region2,
  roleArn,
  externalId,
});
var shownOf = ({ name: name3, region: region2, roleArn, externalId }) => ({
  name: name3,
  region: region2,
  roleArn,
  externalId,
});
var readCluster = async (host, input) => {
  if (input.kind === "process") return { view: { kind: "process" }, key: "process", credentials: null };
  const cloudCluster =
    input.kind === "kubernetes" && input.cloudCluster !== void 0
      ? host.clusters.cloudCluster(input.cloudCluster)
      : null;
  const main2 =
    input.kind === "in-cluster"
      ? { credential: host.clusters.inCluster(), ignored: [] }
      : input.kind === "eks"
        ? { credential: await host.clusters.eks(eksOf(input)), ignored: [] }
        : host.clusters.parse(input.kubeconfig, input.context);
  const helm =
    input.kind === "kubernetes" && input.helmKubeconfig !== void 0
      ? host.clusters.parse(input.helmKubeconfig, void 0).credential
      : null;
  return {
    view: {
      kind: "kubernetes",
      server: main2.credential.server,
      identity: main2.credential.identity.kind,
      ...(main2.credential.identity.kind === "eks" ? { eks: shownOf(main2.credential.identity) } : {}),
      ...(cloudCluster === null ? {} : { cloudCluster }),
      ignored: [...main2.ignored],
    },
    key: await host.clusters.identify(main2.credential),
    credentials: { keyroll: main2.credential, helm },
  };
};

// server/src/features/connections/create.ts
var createConnection = prepared(
  routes["connections.create"],
  async ({ host, input }) => {
    const settings9 = host.stores.parseSettings(input.store.kind, input.store.settings);
    const costs = host.stores.costs(input.store.kind, settings9);
    requireConsent(costs, input.acceptCost);
    const choice = await readCluster(host, input.cluster);
    const id4 = host.random.id();
    return {
      ...choice,
      id: id4,
      settings: settings9,
      hasCost: costs.length > 0,
      wrapped: choice.credentials === null ? null : await wrapCredentials(host, id4, choice.credentials),
    };
  },
  async ({ tx, input, now, commit }, before) => {
    const made = await tx
      .insertInto("connections")
      .values({
        id: before.id,
        name: input.name,
        cluster: JSON.stringify(before.view),
        cluster_key: before.key,
        credential: before.wrapped,
        store_kind: input.store.kind,
        store_settings: JSON.stringify(before.settings),
        created_at: now,
      })
      .onConflict((conflict2) => conflict2.column("name").doNothing())
      .executeTakeFirst();
    if (made.numInsertedOrUpdatedRows !== 1n) {
      throw new KeyrollError("already_exists", `A connection \`${input.name}\` exists already.`, {
        field: "name",
        changed: false,
      });
    }
    const connection2 = await connectionView(tx, await connectionRow(tx, before.id));
    return await commit(
      {
        action: "connections.create",
        details: {
          connection: input.name,
          cluster: before.view,
          store: input.store.kind,
          ...(before.hasCost ? { acceptedCost: true } : {}),
        },
      },
      { connection: connection2 },
    );
  },
);

// server/src/features/connections/found.ts
var findRunning = query(routes["connections.found"], async ({ db, host, params, query: { release: release2 } }) => {
  const row = await connectionRow(db, params.connection);
  const credentials3 = await unwrapCredentials(host, row.id);
  if (credentials3 === null)
    throw new KeyrollError("invalid", `The connection \`${row.name}\` has no cluster.`, {
      field: "connection",
      next: "Name one with a cluster: `keyroll connection ls`.",
    });
  const found = await host.clusters.found(credentials3, params.namespace);
  const installed =
    release2 === void 0 ? null : await host.clusters.installed(credentials3, params.namespace, release2);
  return {
    releases: found.releases.map((one) => ({ ...one })),
    workloads: found.workloads.map((one) => ({ ...one, secrets: [...one.secrets] })),
    secrets: await Promise.all(
      found.secrets.map(async ({ keys: keys2, keeper, environment: environment2, ...one }) => ({
        ...one,
        keys: keys2 === null ? null : [...keys2],
        keeper: keeper === null ? null : { ...keeper },
        environment: environment2 === null ? null : await nameOf10(db, environment2),
      })),
    ),
    type: typeOf3(found),
    release: installed === null ? null : viewOf(installed),
  };
});
var viewOf = ({ name: name3, revision: revision2, status, chart, version: version4, dependencies, values }) => ({
  name: name3,
  revision: revision2,
  status,
  chart,
  version: version4,
  dependencies: [...dependencies],
  values,
});
var typeOf3 = ({ releases: releases2, workloads }) =>
  releases2.length === 0 || workloads.some(({ keeper }) => keeper !== null) ? "restart" : "helm";
var nameOf10 = async (db, id4) => {
  const row = await db
    .selectFrom("environments")
    .innerJoin("apps", "apps.id", "environments.app_id")
    .select(["apps.name as app", "environments.name"])
    .where("environments.id", "=", id4)
    .executeTakeFirst();
  return row === void 0 ? id4 : `${row.app}/${row.name}`;
};

// server/src/features/connections/kinds.ts
var listStores = query(routes["stores.list"], async ({ host }) => ({
  items: host.stores
    .list()
    .map(
      ({
        kind: kind2,
        label: label4,
        settings: settings9,
        costs,
        capabilities: { keyPattern: keyPattern2, ...rest2 },
      }) => ({
        kind: kind2,
        label: label4,
        settings: { ...settings9 },
        capabilities: { ...rest2, keyPattern: keyPattern2?.source ?? null },
        costs: costs.map((cost2) => ({ ...cost2 })),
      }),
    ),
}));
var targets = [
  { kind: "helm", label: "Helm release: Keyroll deploys the chart and proves the rollout" },
  { kind: "restart", label: "Workloads that somebody else deploys: Keyroll writes the Secret and restarts them" },
  { kind: "process", label: "Processes started with `keyroll run --watch`" },
];
var listTargets = query(routes["targets.list"], async () => ({
  items: targets.map((target) => ({
    ...target,
    settings: {},
    capabilities: { cluster: target.kind !== "process" },
    costs: [],
  })),
}));

// server/src/features/connections/policies.ts
import { isDeepStrictEqual as isDeepStrictEqual2 } from "node:util";

// server/src/features/connection-identity.ts
import { z as z49 } from "zod";
var inEks = z49.object({
  eks: z49
    .object({ region: z49.string(), roleArn: z49.string().nullable(), externalId: z49.string().nullable() })
    .optional(),
});
var identityOf3 = (host, row) => {
  const ofStore = host.stores.identity(row.storeKind, row.storeSettings);
  const ofCluster = inEks.parse(row.cluster).eks ?? null;
  const known4 = [ofStore, ofCluster].filter((one) => one !== null);
  return known4.find(({ roleArn }) => roleArn !== null) ?? known4[0] ?? null;
};

// server/src/features/connections/policies.ts
var listPolicies = query(routes["connections.policies"], async ({ db, host, params, query: { app: app2, env } }) => {
  if (env !== void 0 && app2 === void 0)
    throw new KeyrollError("invalid", `\`app\` is missing: an environment such as \`${env}\` belongs to an app.`, {
      field: "app",
      next: "Name the app too, or neither.",
    });
  const row = await connectionRow(db, params.connection);
  const { storeKind, storeSettings, cluster: cluster4 } = row;
  const ofStore = host.stores.policies(storeKind, storeSettings, { app: app2 ?? null, environment: env ?? null });
  const identity2 = identityOf3(host, row);
  const ofCharts = identity2 === null ? [] : host.charts.policies(identity2);
  const eks = cluster4.kind === "kubernetes" ? cluster4.eks : void 0;
  const ofCluster = eks === void 0 ? [] : host.clusters.policies(eks);
  const isNew = ({ document }) => !ofStore.some((other) => isDeepStrictEqual2(other.document, document));
  const items = [...ofStore, ...ofCharts, ...ofCluster.filter(isNew)];
  return {
    items: items.map((policy2) => ({ ...policy2, document: { ...policy2.document } })),
    note:
      items.length > 0
        ? null
        : `A store of kind \`${storeKind}\` has no policies to print; a check of the connection tries the rights it needs.`,
  };
});

// server/src/features/connections/read.ts
var listConnections = query(routes["connections.list"], async ({ db, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db.selectFrom("connections").select("id");
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return {
    items: await Promise.all(items.map(async ({ id: id4 }) => await connectionView(db, await connectionRow(db, id4)))),
    next,
  };
});
var getConnection = query(routes["connections.get"], async ({ db, params }) => ({
  connection: await connectionView(db, await connectionRow(db, params.connection)),
}));

// server/src/features/connections/remove.ts
var removeConnection = mutation(routes["connections.remove"], async ({ tx, params, commit }) => {
  const row = await connectionRow(tx, params.connection);
  const { environments: environments2 } = await connectionView(tx, row);
  if (environments2 > 0) {
    throw new KeyrollError("in_use", `Connection \`${row.name}\` is used by ${count(environments2, "environment")}.`, {
      actual: environments2,
      limit: 0,
    });
  }
  await tx.deleteFrom("connections").where("id", "=", row.id).execute();
  return await commit({ action: "connections.remove", details: { connection: row.name } }, {});
});

// server/src/features/connections/update.ts
import { isDeepStrictEqual as isDeepStrictEqual3 } from "node:util";
var newCosts = (host, row, kind2, settings9) => {
  const before = kind2 === row.storeKind ? host.stores.costs(kind2, row.storeSettings) : [];
  return host.stores
    .costs(kind2, settings9)
    .filter(({ setting }) => !before.some((cost2) => cost2.setting === setting));
};
var updateConnection = prepared(
  routes["connections.update"],
  async ({ host, db, params, input }) => {
    const row = await connectionRow(db, params.connection);
    const { store } = input;
    const settings9 = store === void 0 ? null : host.stores.parseSettings(store.kind, store.settings);
    const costs = store === void 0 ? [] : newCosts(host, row, store.kind, settings9);
    requireConsent(costs, input.acceptCost);
    const choice = input.cluster === void 0 ? null : await readCluster(host, input.cluster);
    return {
      cluster:
        choice === null
          ? null
          : {
              cluster: JSON.stringify(choice.view),
              cluster_key: choice.key,
              credential: choice.credentials === null ? null : await wrapCredentials(host, row.id, choice.credentials),
            },
      settings: settings9 === null ? null : JSON.stringify(settings9),
      hasCost: costs.length > 0,
    };
  },
  async ({ tx, host, params, input, commit }, before) => {
    const row = await connectionRow(tx, params.connection);
    const { environments: environments2 } = await connectionView(tx, row);
    if (environments2 > 0 && before.cluster !== null && before.cluster.cluster_key !== row.clusterKey) {
      throw new KeyrollError(
        "in_use",
        `${count(environments2, "environment")} ${environments2 === 1 ? "lives" : "live"} in this connection's cluster; the new credentials lead to another cluster.`,
        {
          field: "cluster",
          actual: environments2,
          limit: 0,
          next: "Make a new connection for the other cluster.",
        },
      );
    }
    if (
      environments2 > 0 &&
      input.store !== void 0 &&
      (input.store.kind !== row.storeKind ||
        !isDeepStrictEqual3(
          host.stores.place(row.storeKind, input.store.settings),
          host.stores.place(row.storeKind, row.storeSettings),
        ))
    ) {
      throw new KeyrollError(
        "in_use",
        `${count(environments2, "environment")} ${environments2 === 1 ? "has its" : "have their"} values in this store.`,
        {
          field: "store",
          actual: environments2,
          limit: 0,
          next: "Make a new connection for the other store.",
        },
      );
    }
    await tx
      .updateTable("connections")
      .set({
        ...before.cluster,
        // What was seen of another cluster says nothing of this one.
        ...(before.cluster === null || before.cluster.cluster_key === row.clusterKey ? {} : { encryption: null }),
        ...(before.settings === null
          ? {}
          : { store_kind: input.store?.kind ?? row.storeKind, store_settings: before.settings }),
        name: row.name,
      })
      .where("id", "=", row.id)
      .execute();
    const connection2 = await connectionView(tx, await connectionRow(tx, row.id));
    const changed = [...(before.cluster === null ? [] : ["cluster"]), ...(before.settings === null ? [] : ["store"])];
    return await commit(
      {
        action: "connections.update",
        details: { connection: row.name, changed, ...(before.hasCost ? { acceptedCost: true } : {}) },
      },
      { connection: connection2 },
    );
  },
);

// server/src/features/deployments/cancel.ts
var cancelDeployment = mutation(
  routes["deployments.cancel"],
  async ({ tx, host, environment: environment2, actor, params, now, commit }) => {
    const row = await findDeployment(tx, environment2.id, params.deployment);
    if (row.state === "done")
      throw new KeyrollError("in_use", `Deployment ${row.number} has ended already.`, {
        next: "Undo it: `keyroll undo`.",
      });
    await tx.updateTable("deployment_runs").set({ cancel_requested: 1 }).where("deployment_id", "=", row.id).execute();
    if (!row.cancelRequested) await appendJournal(tx, environment2.id, row.id, now, { type: "cancel", by: actor.name });
    await host.jobs.wake("deployments", environment2.id, tx);
    return await commit(
      { action: "deployments.cancel", details: { deployment: row.number, step: row.step } },
      { deployment: deploymentView({ ...row, cancelRequested: true }) },
    );
  },
);

// server/src/features/deployments/events.ts
var streamEvents = query(routes["events.stream"], async ({ db, environment: environment2 }) => {
  const row = await db
    .selectFrom("environments")
    .select("journal_seq")
    .where("id", "=", environment2.id)
    .executeTakeFirstOrThrow();
  return { seq: row.journal_seq };
});

// server/src/features/deployments/restart-effects.ts
var changedKeys = async ({ store, goal: goal2, deployed }) => {
  const [now, before] = await Promise.all(
    [goal2.revision, deployed ?? 0].map(async (at3) => (at3 === 0 ? null : await store.manifest({ at: at3 }))),
  );
  const names2 = /* @__PURE__ */ new Set([...(now?.entries.keys() ?? []), ...(before?.entries.keys() ?? [])]);
  const differs2 = (key2) => now?.entries.get(key2)?.revision !== before?.entries.get(key2)?.revision;
  return new Set([...names2].filter(differs2));
};
var templatesOf2 = (rendered2) =>
  new Map(
    (rendered2 === null ? [] : parseManifests(rendered2.manifest, "manifest")).flatMap((object) => {
      const text4 = templateText(object);
      return text4 === null ? [] : [[`${object.kind}/${object.name}`, text4]];
    }),
  );
var few3 = (keys2) =>
  keys2.length <= 5 ? keys2.join(", ") : `${keys2.slice(0, 5).join(", ")} and ${keys2.length - 5} more`;
var effectsOf = async (parts2) => {
  const { type, consumers: consumers2, workloads, plan, triggers, renders } = parts2;
  const changed = await changedKeys(parts2);
  const [next, running2] = [renders.next, renders.running].map(templatesOf2);
  const of = ({ kind: kind2, name: name3, uses: uses2 }, { rolls: rolls2, held: held3, restartMark: restartMark2 }) => {
    const id4 = `${kind2}/${name3}`;
    const isIt = (one) => one.kind === kind2 && one.name === name3;
    if (!rolls2) return { effect: "stays", why: "its next run reads the new values" };
    if (held3 !== null) return { effect: "stays", why: `held back: ${held3}` };
    const own2 = [...changed].filter((key2) => uses2 === "all" || uses2.includes(key2)).toSorted();
    const trigger = triggers.find(isIt);
    if (trigger?.sure === true) return { effect: "restarts", why: "the chart restarts it at each deployment" };
    const mark2 = plan.marks.find(isIt)?.mark ?? null;
    if (own2.length > 0 && mark2 !== null) return { effect: "restarts", why: `its keys changed: ${few3(own2)}` };
    if (type === "helm" && renders.running !== null && next?.get(id4) !== running2?.get(id4))
      return { effect: "restarts", why: "its chart or its Helm values changed" };
    if (type === "helm" && renders.running === null)
      return { effect: "restarts", why: "its chart or values may differ" };
    if (own2.length > 0 && trigger !== void 0)
      return {
        effect: "restarts",
        why: `its keys changed: ${few3(own2)}; whether the chart follows them cannot be told`,
      };
    if (mark2 !== null && restartMark2 === null)
      return { effect: "restarts", why: "it gets the annotation by which later restarts are told" };
    if (mark2 !== null && restartMark2 !== mark2) return { effect: "restarts", why: "its keys changed" };
    if (type === "helm" && mark2 === null && restartMark2 !== null)
      return { effect: "restarts", why: "Keyroll's annotation is taken out of its template" };
    return own2.length > 0
      ? { effect: "stays", why: `nothing restarts it (setting restart), though its keys changed: ${few3(own2)}` }
      : { effect: "stays", why: "its keys are unchanged" };
  };
  return consumers2.flatMap((consumer) => {
    const { kind: kind2, name: name3 } = consumer;
    if (kind2 === "CronJob")
      return [{ kind: kind2, name: name3, effect: "stays", why: "its next run reads the new values" }];
    if (kind2 === "Job")
      return [
        {
          kind: kind2,
          name: name3,
          effect: "stays",
          why: "a run of a Job is not restarted, the next one reads the new values",
        },
      ];
    const live = workloads.filter((one) => isNamed(one, consumer));
    if (live.length === 0) return [{ kind: kind2, name: name3, effect: "starts", why: "it is new" }];
    return live.map((one) => ({ kind: one.kind, name: one.name, ...of(consumer, one) }));
  });
};

// server/src/features/deployments/preflight.ts
import { stringify as stringify4 } from "yaml";
var runPreflight = query(
  routes["preflight.run"],
  async ({ db, host, app: app2, environment: environment2, input, signal: signal2 }) => {
    const store = storeOf(host, app2, environment2);
    const newest = (await newestManifest(db, { host, app: app2, environment: environment2 }, { store }))?.revision ?? 0;
    if (input.revision !== void 0 && input.revision > newest) {
      throw new KeyrollError("not_found", `There is no revision ${input.revision}; the newest is ${newest}.`, {
        field: "revision",
        limit: newest,
        actual: input.revision,
      });
    }
    const release2 = await pinRelease(db, app2, environment2, input.release);
    const chosen =
      environment2.type === "helm"
        ? await chosenValues(db, environment2, { version: input.valuesVersion, extra: input.values })
        : null;
    const goal2 = {
      release: release2,
      values: chosen?.version ?? null,
      revision: input.revision ?? newest,
      keep: [],
      keepFrom: null,
    };
    const chart = await chartOf(db, environment2, goal2);
    const base4 = input.valuesText ?? chart?.values ?? "";
    const values =
      input.values === void 0 ? base4 : stringify4(mergeValues(readValuesMap(base4), readValuesMap(input.values)));
    const target = await openTarget(host, app2, environment2);
    const plan = {
      deployment: "preflight",
      revision: goal2.revision,
      chart: chart === null ? null : { ...chart, values },
      restart: { how: "off", marks: [] },
      forceConflicts: false,
    };
    const rendered2 = { first: await target.render(plan, signal2), second: await target.render(plan, signal2) };
    const parts2 = {
      host,
      store,
      goal: goal2,
      environment: environment2,
      target,
      rendered: rendered2,
      signal: signal2,
    };
    const {
      findings,
      consumers: consumers2,
      restart,
      triggers,
    } = await findingsOf({
      ...parts2,
      restartAll: null,
      chart: chart?.bytes ?? null,
    });
    const conflicts = await conflictFindings(parts2, false);
    const [deployed, { workloads }, running2] = await Promise.all([
      publishedRevision(db, environment2.id),
      target.observe(signal2),
      runningRender(db, environment2, { target, goal: goal2, values, rendered: rendered2.first, signal: signal2 }),
    ]);
    const restarts2 = await effectsOf({
      type: environment2.type,
      goal: goal2,
      store,
      deployed,
      consumers: consumers2,
      workloads,
      plan: restart,
      triggers,
      renders: { next: rendered2.first, running: running2 },
    });
    const all = [...conflicts, ...findings];
    return {
      goal: { release: goal2.release, values: goal2.values, revision: goal2.revision },
      findings: all,
      fixed: [...new Set(blocking(all, ruleIds).map(({ rule }) => rule))],
      restarts: restarts2,
      consumers: consumers2.map(({ kind: kind2, name: name3, uses: uses2 }) => ({
        kind: kind2,
        name: name3,
        keys: uses2 === "all" ? "all" : [...uses2],
      })),
    };
  },
);
var runningRender = async (db, environment2, { target, goal: goal2, values, rendered: rendered2, signal: signal2 }) => {
  const before = (await lastRunning(db, environment2.id))?.goal ?? null;
  if (before === null || before.release === null || rendered2 === null) return null;
  try {
    const chart = await chartOf(db, environment2, before);
    if (before.release.id === goal2.release?.id && chart?.values === values) return rendered2;
    const restart = { how: "off", marks: [] };
    const plan = { deployment: "preflight", revision: before.revision, chart, restart, forceConflicts: false };
    return await target.render(plan, signal2);
  } catch (error) {
    if (error instanceof KeyrollError) return null;
    throw error;
  }
};

// server/src/features/deployments/goal-changes.ts
var newestUpTo = async (db, environmentId, revision2) => {
  const rows = await db
    .selectFrom("revision_changes as c")
    .select(["c.key", "c.revision", "c.op"])
    .where("c.environment_id", "=", environmentId)
    .where("c.revision", "=", (e) =>
      e
        .selectFrom("revision_changes as d")
        .select((inner) => inner.fn.max("d.revision").as("revision"))
        .whereRef("d.environment_id", "=", "c.environment_id")
        .whereRef("d.key", "=", "c.key")
        .where("d.revision", "<=", revision2),
    )
    .execute();
  return new Map(rows.map(({ key: key2, ...change2 }) => [key2, change2]));
};
var keysOf2 = async (db, environmentId, goal2) => {
  if (goal2 === null) return /* @__PURE__ */ new Map();
  const at3 = await newestUpTo(db, environmentId, goal2.revision);
  if (goal2.keep.length === 0 || goal2.keepFrom === null) return at3;
  const kept3 = await newestUpTo(db, environmentId, goal2.keepFrom);
  return new Map([...at3, ...[...kept3].filter(([key2]) => goal2.keep.includes(key2))]);
};
var differs = (from, to) => (from === to ? null : { from, to });
var goalChanges = async (db, row) => {
  const before = await lastRunning(db, row.environmentId, row.number);
  const old = await keysOf2(db, row.environmentId, before?.goal ?? null);
  const now = await keysOf2(db, row.environmentId, row.goal);
  const isThere = (change2) => change2 !== void 0 && change2.op !== "removed";
  const keys2 = [.../* @__PURE__ */ new Set([...old.keys(), ...now.keys()])].toSorted().flatMap((key2) => {
    const [from, to] = [old.get(key2), now.get(key2)];
    if (from?.revision === to?.revision || (!isThere(from) && !isThere(to))) return [];
    const op = !isThere(to) ? "removed" : isThere(from) ? "changed" : "added";
    return [{ key: key2, op, revision: to?.revision ?? null }];
  });
  const numbers = keys2.flatMap(({ revision: revision2 }) => (revision2 === null ? [] : [revision2]));
  const authors =
    numbers.length === 0
      ? []
      : await db
          .selectFrom("revisions")
          .select(["revision", "author", "at"])
          .where("environment_id", "=", row.environmentId)
          .where("revision", "in", [...new Set(numbers)])
          .execute();
  const byRevision = new Map(authors.map((author) => [author.revision, author]));
  return {
    since: before?.number ?? null,
    release: differs(before?.goal.release?.version ?? null, row.goal.release?.version ?? null),
    values: differs(before?.goal.values ?? null, row.goal.values),
    revision: differs(before?.goal.revision ?? null, row.goal.revision),
    keys: keys2.map(({ key: key2, op, revision: revision2 }) => {
      const by = revision2 === null ? void 0 : byRevision.get(revision2);
      return { key: key2, op, revision: revision2, by: by?.author ?? null, at: by?.at ?? null };
    }),
  };
};

// server/src/features/deployments/undo-goal.ts
var undoOf = async (db, environmentId, row) => {
  const before = await lastRunning(db, environmentId, row.number);
  if (before === null) return null;
  const newest = (await lastRunning(db, environmentId))?.goal.revision ?? before.goal.revision;
  const kept3 = await retiredSince(db, environmentId, before.goal.revision, newest);
  if (kept3.length === 0) return { goal: before.goal, kept: before.goal.keep };
  const keep2 = [.../* @__PURE__ */ new Set([...before.goal.keep, ...kept3])];
  return { goal: { ...before.goal, keep: keep2, keepFrom: newest }, kept: keep2 };
};

// server/src/features/deployments/read.ts
var listDeployments = query(routes["deployments.list"], async ({ db, environment: environment2, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  const rows = await newestDeployments(
    db,
    environment2.id,
    start2 === null ? null : Number(start2) || 0,
    page3.limit + 1,
  );
  const { items, next } = cut(rows, page3.limit, (row) => String(row.number));
  return { items: items.map(deploymentView), next };
});
var getDeployment = query(routes["deployments.get"], async ({ db, environment: environment2, params }) => {
  const row = await findDeployment(db, environment2.id, params.deployment);
  const [changes2, journal, undo] = await Promise.all([
    goalChanges(db, row),
    deploymentJournal(db, row.id),
    undoOf(db, environment2.id, row),
  ]);
  return {
    deployment: deploymentView(row),
    changes: changes2,
    journal,
    undo: undo === null ? null : { goal: goalView(undo.goal), kept: [...undo.kept] },
  };
});

// server/src/features/left-behind.ts
import { z as z50 } from "zod";
var facts2 = z50.object({ numbers: z50.string().nullable(), revision: z50.number().int() });
var factsOf7 = (text4) => facts2.parse(JSON.parse(text4));
var printFacts = (numbers, revision2) =>
  JSON.stringify({ numbers: numbers === null ? null : JSON.stringify(numbers), revision: revision2 });
var revisionOfCopy = (environment2) =>
  environment2.movedFacts === null ? 0 : factsOf7(environment2.movedFacts).revision;
var oldPlace = async (db, environment2) => {
  if (environment2.movedFrom === null || environment2.movedFacts === null) return null;
  const connection2 = await db
    .selectFrom("connections")
    .select(["store_kind", "store_settings"])
    .where("id", "=", environment2.movedFrom)
    .executeTakeFirstOrThrow();
  return {
    storeKind: connection2.store_kind,
    storeSettings: connection2.store_settings,
    storeNumbers: readNumbers(factsOf7(environment2.movedFacts).numbers),
  };
};

// server/src/features/deployments/remove-environment.ts
var removeEnvironment = operation(routes["environments.remove"], {
  begin: async ({ tx, host, app: app2, environment: environment2, input, begin }) => {
    await holdStore(tx, host.dialect, environment2);
    const running2 = await unfinishedDeployment(tx, environment2.id);
    if (running2 !== null)
      throw new KeyrollError("deployment_running", `Deployment ${running2.number} is not over.`, {
        actual: running2.number,
        changed: false,
      });
    const deployed = await publishedRevision(tx, environment2.id);
    const saved2 = await storeOf(host, app2, environment2, tx).manifest();
    const uninstall = deployed !== null && environment2.type !== "process";
    if (uninstall) requireName(input.uninstall, environment2.name, "uninstall", "is deployed");
    if (saved2 !== null)
      requireName(
        input.destroySecrets,
        environment2.name,
        "destroySecrets",
        `holds ${count(saved2.entries.size, "saved key")}`,
      );
    return await begin(
      { action: "environments.remove", details: { uninstall, destroySecrets: saved2 !== null } },
      { uninstall, destroy: saved2 !== null },
    );
  },
  effect: async ({ host, app: app2, environment: environment2, signal: signal2 }, { uninstall, destroy }) => {
    if (uninstall) await (await openTarget(host, app2, environment2)).uninstall(signal2);
    if (!destroy) return;
    const old = await oldPlace(host.db, environment2);
    if (old !== null) await storeAt(host, old, scopeOf(app2, environment2)).upkeep.destroy("purge");
    await storeOf(host, app2, environment2).upkeep.destroy("purge");
  },
  settle: async ({ tx, environment: environment2, commit }) => {
    await tx.deleteFrom("environments").where("id", "=", environment2.id).execute();
    return await commit(null, {});
  },
  // Each part looks first: the caller asks again, and what is gone already stays gone.
  recover: "nothing-to-recover",
});
var requireName = (typed, name3, field2, what) => {
  if (typed === name3) return;
  throw new KeyrollError("confirmation_required", `Environment \`${name3}\` ${what}.`, {
    field: field2,
    next: `Give ${field2} with the environment's name, \`${name3}\`, to go on.`,
    changed: false,
  });
};

// server/src/features/deployments/request.ts
var requestDeployment = mutation(routes["deployments.request"], async (ctx) => {
  const { tx, host, app: app2, environment: environment2, actor, input, now, commit } = ctx;
  const ignorePreflight = checkIgnored(input.ignorePreflight);
  const revision2 = await pinRevision(tx, environment2, input.revision);
  const release2 = await pinRelease(tx, app2, environment2, input.release);
  const wanted = { version: input.valuesVersion, extra: input.values };
  const values = await pinValues(tx, environment2, wanted, actor, now);
  const id4 = await insertDeployment(tx, host, {
    environment: environment2,
    goal: { release: release2, values, revision: revision2, keep: [], keepFrom: null },
    options: {
      adopt: input.adopt,
      restart: input.restart,
      ignorePreflight,
      forceConflicts: input.forceConflicts,
      overwriteDrift: input.overwriteDrift,
    },
    reason: "requested",
    actor,
    now,
    queue: input.queue,
  });
  const row = await deploymentById(tx, id4);
  if (row === null) throw new KeyrollError("internal", "The new deployment cannot be read back.");
  const details2 = {
    deployment: row.number,
    revision: revision2,
    release: release2?.version ?? null,
    values,
    adopt: input.adopt,
    forceConflicts: input.forceConflicts,
    overwriteDrift: input.overwriteDrift,
    ...(ignorePreflight.length === 0 ? {} : { ignorePreflight }),
  };
  return await commit({ action: "deployments.request", details: details2 }, { deployment: deploymentView(row) });
});
var checkIgnored = (rules2) => {
  for (const rule of rules2) {
    if (!ruleIds.includes(rule)) {
      const near = nearest(rule, ruleIds);
      throw new KeyrollError("invalid", `There is no rule \`${rule}\` of preflight.`, {
        field: "ignorePreflight",
        next:
          near === null ? "`keyroll preflight --json` names the rule of each finding." : `Did you mean \`${near}\`?`,
        changed: false,
      });
    }
    if (isFixed(rule)) {
      throw new KeyrollError(
        "invalid",
        `The rule \`${rule}\` cannot be passed over: a value would leak, or the Secret would be lost.`,
        {
          field: "ignorePreflight",
          next: "Correct what it finds.",
          changed: false,
        },
      );
    }
  }
  return [...new Set(rules2)];
};

// server/src/features/deployments/fleet/view.ts
var processes2 = async (db, { id: id4, published }, now) => {
  const goal2 = published ?? 0;
  const counts = { ...noCounts };
  const instances = await instancesOf(db, id4, now);
  const wanted = instances.length === 0 ? /* @__PURE__ */ new Map() : await lastChanges(db, id4, goal2);
  for (const { revision: revision2, state, keys: keys2 } of instances) {
    const has = revision2 === goal2 ? wanted : await lastChanges(db, id4, revision2);
    const own2 = keys2 === "all" ? [...wanted.keys(), ...has.keys()] : keys2;
    if (own2.some((key2) => wanted.get(key2) !== has.get(key2))) counts.stale += 1;
    else counts[state === "starting" ? "blocked" : "current"] += 1;
  }
  return { inCluster: published, counts, drift: false, observedAt: now, trouble: null };
};
var cluster3 = ({ published, drift: drift2, seen, look: look3 }) => {
  if (published === null) return { inCluster: null, counts: noCounts, drift: false, observedAt: null, trouble: null };
  const trouble2 = seen?.trouble ?? look3.trouble;
  if (seen === null || seen.mirror === "unseen")
    return { inCluster: null, counts: noCounts, drift: drift2, observedAt: null, trouble: trouble2 };
  return {
    inCluster: seen.inCluster,
    counts: seen.counts,
    drift: drift2 || seen.mirror !== "ours",
    // A look that found it unmoved has seen it too.
    observedAt: trouble2 === null ? Math.max(seen.at, look3.at ?? 0) : seen.at,
    trouble: trouble2,
  };
};
var total = (counts) => Object.values(counts).reduce((sum2, one) => sum2 + one, 0);
var urgencyOf = (state, { drift: drift2 }, failed2) => {
  if (state === "stale" || state === "unknown" || drift2) return 3;
  if (failed2 || state === "not-live") return 2;
  return state === "running" ? 0 : 1;
};
var deploymentState = (text4) =>
  text4 === "queued" || text4 === "active" || text4 === "running" || text4 === "cancelled" ? text4 : "failed";
var fleetView = async (db, facts3, now) => {
  const running2 = facts3.type === "process" ? await processes2(db, facts3, now) : cluster3(facts3);
  const { inCluster: inCluster2, counts, trouble: trouble2 } = running2;
  const { saved: saved2, rolling, newest } = facts3;
  const counted = total(counts);
  const current = counts.current === counted;
  const found = stateOf2({
    saved: saved2,
    inCluster: inCluster2,
    rolling,
    current,
    deployed: facts3.published !== null,
  });
  const then = sentenceOf(found, { saved: saved2, inCluster: inCluster2, counted, stale: counted - counts.current });
  const isUnseen = facts3.published !== null && running2.observedAt === null;
  const failed2 = newest !== null && deploymentState(newest.state) === "failed";
  const state = trouble2 !== null && !rolling ? "unknown" : found;
  return {
    app: facts3.app,
    env: facts3.env,
    kind: facts3.kind,
    type: facts3.type,
    connection: facts3.connection,
    saved: saved2,
    inCluster: inCluster2,
    running: inCluster2 !== null && counted > 0 && current ? inCluster2 : null,
    state,
    sentence:
      rolling || (trouble2 === null && !isUnseen)
        ? then
        : isUnseen
          ? "What runs was not seen yet."
          : `What runs cannot be seen now; when it last could: ${then}`,
    urgency: urgencyOf(state, running2, failed2),
    counts,
    drift: running2.drift,
    deployment: newest === null ? null : { number: newest.number, state: deploymentState(newest.state), at: newest.at },
    waiting: facts3.waiting,
    observedAt: running2.observedAt,
    trouble: trouble2,
  };
};

// server/src/features/deployments/fleet/list.ts
var batch3 = 200;
var listStatus = query(routes["status.list"], async ({ db, query: asked, now }) => {
  const found = [];
  let after = startOf(asked.cursor);
  for (;;) {
    const facts3 = await fleetFacts(db, { after, limit: batch3 });
    for (const one of facts3) {
      const view = await fleetView(db, one, now);
      if (asked.state === void 0 || asked.state === view.state) found.push({ id: one.id, view });
    }
    after = facts3.at(-1)?.id ?? null;
    if (facts3.length < batch3 || found.length > asked.limit) break;
  }
  const { items, next } = cut(found, asked.limit, ({ id: id4 }) => id4);
  return { items: items.map(({ view }) => view), next };
});

// server/src/features/deployments/undo.ts
var undoDeployment = mutation(
  routes["deployments.undo"],
  async ({ tx, host, environment: environment2, actor, params, input, now, commit }) => {
    const row = await findDeployment(tx, environment2.id, params.deployment);
    const undo = await undoOf(tx, environment2.id, row);
    if (undo === null) {
      throw new KeyrollError("not_deployed", `Nothing ran in this environment before deployment ${row.number}.`, {
        next: "Deploy a revision: `keyroll deploy --revision N`.",
      });
    }
    const id4 = await insertDeployment(tx, host, {
      environment: environment2,
      goal: undo.goal,
      options: optionsType.parse({
        adopt: false,
        restart: "changed",
        forceConflicts: input.forceConflicts,
        overwriteDrift: input.overwriteDrift,
      }),
      reason: "undo",
      actor,
      now,
      queue: input.queue,
    });
    const made = await deploymentById(tx, id4);
    if (made === null) throw new KeyrollError("internal", "The new deployment cannot be read back.");
    return await commit(
      {
        action: "deployments.undo",
        details: { undone: row.number, deployment: made.number, revision: made.goal.revision, kept: undo.kept },
      },
      { deployment: deploymentView(made) },
    );
  },
);

// server/src/features/environments/queries.ts
var environmentView = async (db, host, app2, row) => {
  const connection2 = await db
    .selectFrom("connections")
    .select(["name", "encryption"])
    .where("id", "=", row.connectionId)
    .executeTakeFirstOrThrow();
  const left =
    row.movedFrom === null
      ? null
      : await db
          .selectFrom("connections")
          .select(["name", "store_kind"])
          .where("id", "=", row.movedFrom)
          .executeTakeFirstOrThrow();
  return {
    id: row.id,
    app: app2.name,
    name: row.name,
    kind: row.kind,
    type: row.type,
    connection: connection2.name,
    namespace: row.namespace,
    releaseName: row.releaseName,
    secretName: row.secretName,
    encryption: row.secretName === null ? null : encryptionOf(connection2.encryption, row.id),
    settings: row.settings,
    store: { kind: row.storeKind, label: host.stores.kind(row.storeKind).label },
    moving: row.isMoving,
    movedFrom:
      left === null
        ? null
        : { connection: left.name, label: host.stores.kind(left.store_kind).label, revision: revisionOfCopy(row) },
    createdAt: row.createdAt,
    savedRevision: await recordedRevision(db, row.id),
    deployedRevision: await publishedRevision(db, row.id),
  };
};

// server/src/features/environments/create.ts
var createEnvironment = mutation(routes["environments.create"], async ({ tx, host, app: app2, input, now, commit }) => {
  const connection2 = await tx
    .selectFrom("connections")
    .select(["id", "name", "cluster", "cluster_key"])
    .where((e) => e.or([e("name", "=", input.connection), e("id", "=", input.connection)]))
    .executeTakeFirst();
  if (connection2 === void 0)
    throw new KeyrollError("not_found", `There is no connection \`${input.connection}\`.`, { field: "connection" });
  const local2 = connection2.cluster_key === "process";
  const type = input.type ?? (local2 ? "process" : "helm");
  if (local2 !== (type === "process")) {
    throw new KeyrollError(
      "invalid",
      local2
        ? `Type ${type} needs a connection with a cluster; \`${connection2.name}\` has none.`
        : "Type process needs a connection made with --cluster process.",
      {
        field: "type",
        changed: false,
      },
    );
  }
  const namespace = local2 ? null : (input.namespace ?? `${app2.name}-${input.name}`);
  if (namespace !== null && namespace.length > 63) {
    throw new KeyrollError(
      "invalid",
      `namespace: \`${namespace}\` has ${namespace.length} characters, 63 are allowed.`,
      {
        field: "namespace",
        limit: 63,
        actual: namespace.length,
        next: "Give a shorter one: --namespace.",
      },
    );
  }
  const secretName2 = local2 ? null : (input.secretName ?? "app-secrets");
  const id4 = host.random.id();
  const taken = await tx
    .selectFrom("environments")
    .select("id")
    .where("app_id", "=", app2.id)
    .where("name", "=", input.name)
    .executeTakeFirst();
  if (taken !== void 0) {
    throw new KeyrollError("already_exists", `App \`${app2.name}\` has an environment \`${input.name}\` already.`, {
      field: "name",
      changed: false,
    });
  }
  if (namespace !== null && secretName2 !== null) {
    const other = await tx
      .selectFrom("environments")
      .innerJoin("apps", "apps.id", "environments.app_id")
      .select(["apps.name as app", "environments.name"])
      .where("environments.cluster_key", "=", connection2.cluster_key)
      .where("environments.namespace", "=", namespace)
      .where("environments.secret_name", "=", secretName2)
      .executeTakeFirst();
    if (other !== void 0) {
      throw new KeyrollError(
        "already_exists",
        `The Secret ${namespace}/${secretName2} of this cluster belongs to ${other.app}/${other.name}.`,
        {
          field: "namespace",
          next: "Choose another namespace or Secret name.",
          changed: false,
        },
      );
    }
  }
  await tx
    .insertInto("environments")
    .values({
      id: id4,
      app_id: app2.id,
      name: input.name,
      kind: input.kind,
      type,
      connection_id: connection2.id,
      cluster_key: connection2.cluster_key,
      namespace,
      release_name: type === "helm" ? (input.releaseName ?? app2.name) : null,
      secret_name: secretName2,
      settings: JSON.stringify(environmentSettings.parse(input.settings ?? {})),
      created_at: now,
      journal_seq: 0,
      deployment_seq: 0,
    })
    .execute();
  const row = await environmentById(tx, id4);
  if (row === null) throw new KeyrollError("internal", "The new environment cannot be read back.");
  return await commit(
    {
      action: "environments.create",
      environment: { id: id4, name: input.name },
      details: { kind: input.kind, type, connection: connection2.name, namespace, secretName: secretName2 },
    },
    { environment: await environmentView(tx, host, app2, row) },
  );
});

// server/src/features/environments/read.ts
var listEnvironments = query(routes["environments.list"], async ({ db, host, app: app2, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db.selectFrom("environments").select("id").where("app_id", "=", app2.id);
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  const found = await Promise.all(items.map(async ({ id: id4 }) => await environmentById(db, id4)));
  const views2 = await Promise.all(
    found.filter((row) => row !== null).map(async (row) => await environmentView(db, host, app2, row)),
  );
  return { items: views2, next };
});
var getEnvironment = query(routes["environments.get"], async ({ db, host, app: app2, environment: environment2 }) => ({
  environment: await environmentView(db, host, app2, environment2),
}));

// server/src/features/environments/move-store.ts
import { z as z51 } from "zod";

// server/src/features/door.ts
var freshFor = 15 * 6e4;
var shortestReason = 3;
var passDoor = ({ actor, now, reason: reason3 }, environments2) => {
  const production = environments2.find(({ kind: kind2 }) => kind2 === "production");
  if (production === void 0 || actor.kind !== "member") return;
  if ((reason3?.trim().length ?? 0) < shortestReason) {
    throw new KeyrollError("confirmation_required", `\`${production.name}\` is production: say why you need it.`, {
      field: "reason",
      limit: shortestReason,
      actual: reason3?.trim().length ?? 0,
      next: `Give a reason of at least ${shortestReason} characters; it stands in the audit log.`,
      changed: false,
    });
  }
  const age = now - actor.since;
  if (age <= freshFor) return;
  throw new KeyrollError(
    "reauth_required",
    `\`${production.name}\` is production, and your password was last given ${Math.floor(age / 6e4)} minutes ago; ${freshFor / 6e4} are allowed.`,
    { limit: freshFor / 6e4, actual: Math.floor(age / 6e4), changed: false },
  );
};
var mayReveal = (actor, environments2) => environments2.every(() => isAllowed(actor, "secret:reveal"));

// server/src/features/environments/copy-store.ts
var travelling = async (source, newest, wanted) => {
  if (newest === null) return [];
  const count3 = Math.max(wanted.history, newest.revision - (wanted.needed ?? newest.revision) + 1);
  const found = await source.revisions({ limit: count3 });
  const manifests = [];
  for (const { revision: revision2, readable } of found) {
    if (revision2 !== newest.revision - manifests.length || !readable) break;
    const manifest = await source.manifest({ at: revision2 });
    if (manifest === null) break;
    manifests.unshift(manifest);
  }
  if (manifests.length > 0) return manifests;
  throw new KeyrollError("revision_gone", `Revision ${newest.revision} cannot be read whole; nothing was moved.`, {
    actual: newest.revision,
    next: "Save the keys again that cannot be read, then move.",
    changed: false,
  });
};
var refuseUnfit = (store, manifests) => {
  const { valueBytes, keyPattern: keyPattern2 } = store.capabilities;
  const entries2 = new Map(
    manifests.flatMap(({ entries: all }) =>
      [...all.values()].map((entry3) => [`${entry3.key}/${entry3.bytes}`, entry3]),
    ),
  );
  const large = valueBytes === null ? [] : [...entries2.values()].filter(({ bytes }) => bytes > valueBytes);
  const [first] = large.toSorted((a, b) => b.bytes - a.bytes);
  if (first !== void 0 && valueBytes !== null) {
    const names3 = [...new Set(large.map(({ key: key2 }) => key2))];
    throw new KeyrollError(
      "limit_exceeded",
      `${store.label} takes values of ${valueBytes} bytes; larger: ${names3.map((key2) => `\`${key2}\``).join(", ")} (up to ${first.bytes}).`,
      { key: first.key, keys: names3, limit: valueBytes, actual: first.bytes, changed: false },
    );
  }
  const unfit2 = keyPattern2 === null ? [] : [...entries2.values()].filter(({ key: key2 }) => !keyPattern2.test(key2));
  const [name3] = unfit2;
  if (name3 === void 0 || keyPattern2 === null) return;
  const names2 = [...new Set(unfit2.map(({ key: key2 }) => key2))];
  throw new KeyrollError(
    "invalid",
    `${store.label} takes only names of ${keyPattern2.source}, not ${names2.map((key2) => `\`${key2}\``).join(", ")}.`,
    { key: name3.key, keys: names2, limit: keyPattern2.source, changed: false },
  );
};
var newIn = (before, after) =>
  [...after.entries.values()]
    .filter(({ key: key2, revision: revision2 }) => before?.entries.get(key2)?.revision !== revision2)
    .map(({ key: key2 }) => key2);
var changesTo = async (source, before, after) => {
  const set = newIn(before, after);
  const values = set.length === 0 ? /* @__PURE__ */ new Map() : await source.read(after.revision, set);
  const gone2 = [...(before?.entries.keys() ?? [])].filter((key2) => !after.entries.has(key2));
  return [
    ...[...values].map(([key2, value2]) => ({ op: "set", key: key2, value: value2 })),
    ...gone2.map((key2) => ({ op: "remove", key: key2 })),
  ];
};
var replay = async (source, write2, manifests, options) => {
  let first = 0;
  const counts = manifests.map((manifest, index) => newIn(manifests[index - 1] ?? null, manifest).length);
  const sum2 = (some2) => some2.reduce((all, one) => all + one, 0);
  for (const [index, manifest] of manifests.entries()) {
    await options.hold();
    const expect = index === 0 ? 0 : first + index - 1;
    const changes2 = await changesTo(source, manifests[index - 1] ?? null, manifest);
    const txn = `${options.txn}-${manifest.revision}`;
    const done = await write2(async (store) => {
      const made = await store.commit(
        { expect, txn, changes: changes2 },
        {
          signal: options.signal,
          progress: ({ written, left }) =>
            options.progress({ written: sum2(counts.slice(0, index)) + written, of: sum2(counts), left }),
        },
      );
      if ("done" in made) return made.done;
      throw new KeyrollError("in_use", "Somebody else has written to the new store meanwhile; nothing was moved.", {
        changed: false,
      });
    });
    if (index === 0) first = done.revision;
    else if (done.revision !== first + index) {
      throw new KeyrollError("integrity", `The new store did not keep revision ${manifest.revision} as its next one.`, {
        actual: done.revision,
        limit: first + index,
        changed: false,
      });
    }
  }
  const [oldest] = manifests;
  return {
    offset: (oldest?.revision ?? first) - first,
    first,
    written: [...(oldest?.entries.values() ?? [])].map(({ key: key2, revision: revision2 }) => [key2, revision2]),
  };
};
var verifyCopy = async (source, copy, numbers, manifests) => {
  const there2 = numbered(copy, numbers);
  for (const manifest of manifests) {
    const { revision: revision2 } = manifest;
    const differs2 = (key2) =>
      new KeyrollError(
        "integrity",
        `The new store gave back something else${key2 === void 0 ? "" : ` for \`${key2}\``} at revision ${revision2}; nothing was moved.`,
        { ...(key2 === void 0 ? {} : { key: key2 }), actual: revision2, changed: false },
      );
    const found = await there2.manifest({ at: revision2 });
    if (found?.entries.size !== manifest.entries.size) throw differs2();
    const [before, after] = [await source.read(revision2), await there2.read(revision2)];
    for (const entry3 of manifest.entries.values()) {
      const same = found.entries.get(entry3.key);
      const value2 = before.get(entry3.key);
      if (
        same?.revision !== entry3.revision ||
        same.bytes !== entry3.bytes ||
        same.lines !== entry3.lines ||
        same.binary !== entry3.binary ||
        value2 === void 0 ||
        after.get(entry3.key)?.equals(value2) !== true
      )
        throw differs2(entry3.key);
    }
  }
};

// server/src/features/environments/connection.ts
var connectionOf = async (db, nameOrId) => {
  const row = await db
    .selectFrom("connections")
    .select(["id", "name", "cluster_key", "store_kind", "store_settings"])
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row !== void 0) return row;
  const names2 = (await db.selectFrom("connections").select("name").execute()).map(({ name: name3 }) => name3);
  const near = nearest(nameOrId, names2);
  throw new KeyrollError("not_found", `There is no connection \`${nameOrId.slice(0, 64)}\`.`, {
    field: "connection",
    ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
  });
};

// server/src/features/environments/old-store.ts
var requireExport = (actor) => {
  if (!isAllowed(actor, "secret:export") || !isAllowed(actor, "secret:reveal"))
    throw new KeyrollError("not_allowed", "This needs the permission secret:export.");
};
var refuseUnderWay = async (tx, environment2) => {
  const open2 = await tx
    .selectFrom("operations")
    .select("id")
    .where("environment_id", "=", environment2.id)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  if (open2 !== void 0) {
    throw new KeyrollError("in_use", `Something is being saved in \`${environment2.name}\`.`, {
      next: "Try again when it is done; nothing was changed.",
      changed: false,
    });
  }
  const running2 = await unfinishedNumber(tx, environment2.id);
  if (running2 === null) return;
  throw new KeyrollError("deployment_running", `Deployment ${running2} is not over.`, {
    actual: running2,
    changed: false,
  });
};
var noCopy = (environment2) =>
  new KeyrollError("not_found", `No move has left a copy of the values of \`${environment2.name}\` behind.`, {
    next: "`keyroll env show` says where the values are.",
    changed: false,
  });
var moveBack = operation(routes["environments.moveBack"], {
  begin: async ({ actor, environment: environment2, input, now, begin }) => {
    if (environment2.movedFrom === null) throw noCopy(environment2);
    requireExport(actor);
    passDoor({ actor, now, reason: input.reason }, [environment2]);
    return await begin(
      {
        action: "environments.moveBack",
        details: {
          revision: revisionOfCopy(environment2),
          ...(input.reason === void 0 ? {} : { reason: input.reason }),
        },
      },
      { revision: revisionOfCopy(environment2) },
    );
  },
  effect: async ({ host, app: app2, environment: environment2 }, { revision: revision2 }) => {
    const place3 = await oldPlace(host.db, environment2);
    if (place3 === null) throw noCopy(environment2);
    const newest = await storeOf(host, app2, environment2).manifest();
    if (newest?.revision !== revision2) throw savedSince(revision2, newest?.revision ?? 0);
    const old = storeAt(host, place3, scopeOf(app2, environment2));
    await old.read(revision2);
    return (await old.revisions({ limit: 1e5 })).filter((one) => one.readable).map((one) => one.revision);
  },
  settle: async ({ tx, host, app: app2, environment: environment2, commit }, { revision: revision2 }, readable) => {
    await holdStore(tx, host.dialect, environment2);
    await refuseUnderWay(tx, environment2);
    const saved2 = await recordedRevision(tx, environment2.id);
    if (saved2 !== revision2) throw savedSince(revision2, saved2);
    const place3 = await oldPlace(tx, environment2);
    if (place3 === null || environment2.movedFrom === null) throw noCopy(environment2);
    await tx
      .updateTable("environments")
      .set({
        connection_id: environment2.movedFrom,
        store_numbers: place3.storeNumbers === null ? null : JSON.stringify(place3.storeNumbers),
        moved_from: environment2.connectionId,
        moved_facts: printFacts(environment2.storeNumbers, revision2),
      })
      .where("id", "=", environment2.id)
      .execute();
    await tx
      .updateTable("revisions")
      .set({ readable: 1 })
      .where("environment_id", "=", environment2.id)
      .where("revision", "in", readable)
      .execute();
    const row = await environmentById(tx, environment2.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app2, row) });
  },
  // Nothing is written before the one transaction that switches.
  recover: "nothing-to-recover",
});
var savedSince = (then, now) =>
  new KeyrollError("revision_conflict", `Revision ${now} was saved since the move; the old copy ends with ${then}.`, {
    actual: now,
    limit: then,
    next: "Move the values with `keyroll env move-store` instead, after dropping the old copy (`--confirm`).",
    changed: false,
  });
var dropOldStore = operation(routes["environments.dropOldStore"], {
  begin: async ({ tx, host, environment: environment2, input, begin }) => {
    await holdStore(tx, host.dialect, environment2);
    if (environment2.movedFrom === null) throw noCopy(environment2);
    const { name: name3 } = await connectionOf(tx, environment2.movedFrom);
    if (input.confirm !== environment2.name) {
      throw new KeyrollError(
        "confirmation_required",
        `The copy in the store of \`${name3}\` would be destroyed, with its history.`,
        {
          field: "confirm",
          next: `Give confirm with the environment's name, \`${environment2.name}\`, to go on.`,
          changed: false,
        },
      );
    }
    return await begin(
      { action: "environments.dropOldStore", details: { connection: name3, revision: revisionOfCopy(environment2) } },
      { from: environment2.movedFrom },
    );
  },
  effect: async ({ host, app: app2, environment: environment2 }) => {
    const place3 = await oldPlace(host.db, environment2);
    if (place3 !== null) await storeAt(host, place3, scopeOf(app2, environment2)).upkeep.destroy("purge");
  },
  settle: async ({ tx, host, app: app2, environment: environment2, commit }, { from }) => {
    await tx
      .updateTable("environments")
      .set({ moved_from: null, moved_facts: null })
      .where("id", "=", environment2.id)
      .where("moved_from", "=", from)
      .execute();
    const row = await environmentById(tx, environment2.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app2, row) });
  },
  // It looks first: asked again, what is gone already stays gone.
  recover: "nothing-to-recover",
});

// server/src/features/environments/move-store.ts
var intents = z51.object({
  txn: z51.string(),
  to: z51.string(),
  storeKind: z51.string(),
  storeSettings: z51.string(),
  /** A revision that must be readable afterwards: deployed, or what a deployment would go back to. */
  needed: z51.number().nullable(),
});
var placeOf4 = ({ storeKind, storeSettings }) => ({
  storeKind,
  storeSettings,
  storeNumbers: null,
});
var writing = (txn) => `${txn} writing`;
var held2 = async (db, environmentId) => {
  const row = await db.selectFrom("environments").select("moving").where("id", "=", environmentId).executeTakeFirst();
  return row?.moving ?? null;
};
var mark = async (db, environmentId, from, to) => {
  const done = await db
    .updateTable("environments")
    .set({ moving: to })
    .where("id", "=", environmentId)
    .where("moving", "=", from)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
};
var overtaken = () =>
  new KeyrollError("lease_lost", "This server was silent for too long: the move was given up, and nothing was moved.");
var giveUp = async (host, app2, environment2, intent) => {
  const now = await held2(host.db, environment2.id);
  if (now !== intent.txn && now !== writing(intent.txn)) return "it had ended already";
  let left = "";
  if (now === writing(intent.txn)) {
    try {
      await storeAt(host, placeOf4(intent), scopeOf(app2, environment2)).upkeep.destroy("purge");
    } catch {
      left = "; what it had written to the new store could not be removed";
    }
  }
  await mark(host.db, environment2.id, now, null);
  return `the values stayed where they were${left}`;
};
var requireEmpty = async (target, newest, name3) => {
  const there2 = await target.manifest();
  const foreign2 = there2 === null ? await target.upkeep.inspect() : [];
  if (there2 === null && foreign2.length === 0) return;
  const what =
    there2 === null
      ? `${foreign2.length} values that Keyroll did not write lie`
      : there2.txn === newest?.txn
        ? "It is the same place: the values of this environment lie"
        : "Values of this environment lie";
  throw new KeyrollError("in_use", `${what} where connection \`${name3}\` would keep them.`, {
    field: "connection",
    next: "Use a connection with another prefix, or remove what lies there.",
    changed: false,
  });
};
var moveStore = operation(routes["environments.moveStore"], {
  begin: async ({ tx, host, actor, environment: environment2, input, now, begin }) => {
    const to = await connectionOf(tx, input.connection);
    const from = await connectionOf(tx, environment2.connectionId);
    requireExport(actor);
    const refuse10 = (message, next) => {
      throw new KeyrollError("invalid", message, { field: "connection", next, changed: false });
    };
    if (to.id === from.id) refuse10(`The values are in the store of \`${to.name}\`.`, "Name another connection.");
    if (to.cluster_key !== from.cluster_key) {
      refuse10(
        `\`${to.name}\` leads to another cluster than \`${from.name}\`: moving the values is not moving the app.`,
        "Make a connection to the same cluster with the other store.",
      );
    }
    if (to.store_kind === from.store_kind && to.store_settings === from.store_settings)
      refuse10(`\`${to.name}\` has the same store as \`${from.name}\`.`, "Name a connection with another store.");
    if (environment2.movedFrom !== null) {
      throw new KeyrollError("in_use", "The copy that the last move left behind is still there.", {
        next: "Drop it (`keyroll env move-store --confirm`), or switch back to it (`--back`).",
        changed: false,
      });
    }
    await refuseUnderWay(tx, environment2);
    passDoor({ actor, now, reason: input.reason }, [environment2]);
    const published = await publishedRevision(tx, environment2.id);
    const needed = [...(await runningRevisions(tx, environment2.id)), ...(published === null ? [] : [published])];
    const intent = {
      txn: `move-${host.random.id()}`,
      to: to.id,
      storeKind: to.store_kind,
      storeSettings: to.store_settings,
      needed: needed.length === 0 ? null : Math.min(...needed),
    };
    await tx.updateTable("environments").set({ moving: intent.txn }).where("id", "=", environment2.id).execute();
    return await begin(
      {
        action: "environments.moveStore",
        details: {
          from: from.name,
          to: to.name,
          stores: [from.store_kind, to.store_kind],
          history: input.history,
          ...(input.reason === void 0 ? {} : { reason: input.reason }),
        },
      },
      intent,
    );
  },
  effect: async ({ host, app: app2, environment: environment2, input, signal: signal2, progress }, intent) => {
    try {
      const source = storeOf(host, app2, environment2);
      const scope2 = scopeOf(app2, environment2);
      const kind2 = host.stores.kind(intent.storeKind);
      const target = storeAt(host, placeOf4(intent), scope2);
      const last = await newestManifest(host.db, { host, app: app2, environment: environment2 }, { store: source });
      const manifests = await travelling(source, last, { history: input.history, needed: intent.needed });
      refuseUnfit(kind2, manifests);
      await requireEmpty(target, manifests.at(-1) ?? null, input.connection);
      const [oldest, newest] = [manifests[0], manifests.at(-1)];
      if (oldest === void 0 || newest === void 0) return { numbers: null, moved: null };
      if (!(await mark(host.db, environment2.id, intent.txn, writing(intent.txn)))) throw overtaken();
      const hold = async () => {
        signal2.throwIfAborted();
        if ((await held2(host.db, environment2.id)) !== writing(intent.txn)) throw overtaken();
      };
      const write2 = async (work2) =>
        kind2.capabilities.transactional
          ? await host.db.transaction().execute(async (tx) => await work2(storeAt(host, placeOf4(intent), scope2, tx)))
          : await work2(target);
      const numbers = await replay(source, write2, manifests, {
        txn: intent.txn,
        signal: signal2,
        hold,
        progress,
      });
      await verifyCopy(source, target, numbers, manifests);
      await hold();
      const now = await source.manifest();
      if (now?.txn !== newest.txn) {
        throw new KeyrollError(
          "revision_conflict",
          "Something was saved behind Keyroll meanwhile; nothing was moved.",
          {
            actual: now?.revision ?? 0,
            limit: newest.revision,
            changed: false,
          },
        );
      }
      return {
        numbers,
        moved: { oldest: oldest.revision, newest: newest.revision, keys: newest.entries.size },
      };
    } catch (error) {
      await giveUp(host, app2, environment2, intent);
      throw error;
    }
  },
  settle: async ({ tx, host, app: app2, environment: environment2, commit }, intent, { numbers, moved }) => {
    const made = await tx
      .updateTable("environments")
      .set({
        connection_id: intent.to,
        store_numbers: numbers === null ? null : JSON.stringify(numbers),
        moving: null,
        moved_from: moved === null ? null : environment2.connectionId,
        moved_facts: moved === null ? null : printFacts(environment2.storeNumbers, moved.newest),
      })
      .where("id", "=", environment2.id)
      .where("moving", "in", [intent.txn, writing(intent.txn)])
      .executeTakeFirst();
    if (made.numUpdatedRows !== 1n) throw overtaken();
    if (moved !== null) {
      await tx
        .updateTable("revisions")
        .set({ readable: 0 })
        .where("environment_id", "=", environment2.id)
        .where("revision", "<", moved.oldest)
        .execute();
    }
    const row = await environmentById(tx, environment2.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(null, { environment: await environmentView(tx, host, app2, row), moved });
  },
  recover: async (host, row) => {
    const environment2 = row.environmentId === null ? null : await environmentById(host.db, row.environmentId);
    const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
    if (environment2 === null || app2 === null) return "the environment is gone";
    return await giveUp(host, app2, environment2, intents.parse(row.intent));
  },
});

// server/src/features/environments/update.ts
var updateEnvironment = mutation(
  routes["environments.update"],
  async ({ tx, host, app: app2, environment: environment2, input, now, commit }) => {
    refuseLongPause(input.settings.driftPausedUntil ?? null, now);
    const settings9 = environmentSettings.parse({ ...environment2.settings, ...input.settings });
    await tx
      .updateTable("environments")
      .set({ settings: JSON.stringify(settings9) })
      .where("id", "=", environment2.id)
      .execute();
    const row = await environmentById(tx, environment2.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(
      { action: "environments.update", details: { settings: input.settings } },
      { environment: await environmentView(tx, host, app2, row) },
    );
  },
);
var day3 = 864e5;
var longest4 = 30;
var refuseLongPause = (until, now) => {
  if (until === null || until <= now + longest4 * day3) return;
  throw new KeyrollError("invalid", `driftPausedUntil: a pause lasts at most ${longest4} days.`, {
    field: "settings.driftPausedUntil",
    limit: now + longest4 * day3,
    actual: until,
    next: "Choose an earlier end; or set drift=ignore, which has none.",
    changed: false,
  });
};

// server/src/features/operations/cancel.ts
var cancelOperation = mutation(
  routes["operations.cancel"],
  async ({ tx, environment: environment2, params, commit }) => {
    const operation3 = await operationById(tx, params.operation, environment2.id);
    if (operation3.state !== "running")
      throw new KeyrollError("in_use", "It has ended already.", { next: "Read what came out.", changed: false });
    await tx.updateTable("operations").set({ cancel_requested: 1 }).where("id", "=", operation3.id).execute();
    return await commit(
      { action: "operations.cancel", details: { operation: operation3.id } },
      { operation: { ...operation3, cancelRequested: true } },
    );
  },
);

// server/src/features/operations/get.ts
var getOperation = query(routes["operations.get"], async ({ db, environment: environment2, params }) => ({
  operation: await operationById(db, params.operation, environment2.id),
}));

// server/src/features/releases/push.ts
import { Buffer as Buffer35 } from "node:buffer";

// server/src/features/releases/queries.ts
import { z as z52 } from "zod";
var requires = z52.array(z52.string());
var views = (db, appId) => db.selectFrom("releases").selectAll().where("app_id", "=", appId);
var releaseView = (row) => ({
  id: row.id,
  chart: row.chart,
  version: row.version,
  appVersion: row.app_version,
  digest: row.digest,
  bytes: row.bytes,
  requires: requires.parse(JSON.parse(row.requires)),
  pushedAt: row.pushed_at,
  pushedBy: row.pushed_by,
});
var releasesOf = views;
var releaseRow = async (db, appId, idOrVersion) => {
  const rows = await views(db, appId).orderBy("id", "desc").execute();
  const row =
    rows.find(({ id: id4 }) => id4 === idOrVersion) ?? rows.find(({ version: version4 }) => version4 === idOrVersion);
  if (row !== void 0) return row;
  const near = nearest(
    idOrVersion,
    rows.map(({ version: version4 }) => version4),
  );
  throw new KeyrollError("not_found", `There is no release \`${idOrVersion}\`.`, {
    field: "release",
    next: near === null ? "`keyroll release ls` shows what was pushed." : `Did you mean \`${near}\`?`,
  });
};

// server/src/features/releases/push.ts
var most8 = 10 * 1024 * 1024;
var bytesOf2 = (base64) => new Uint8Array(Buffer35.from(base64, "base64"));
var pushRelease = operation(routes["releases.push"], {
  begin: async ({ tx, host, actor, input, begin }) => {
    if ("installed" in input) return await begin(null, await clusterOf(tx, actor, input.installed.connection));
    const connection2 = "reference" in input ? input.reference.connection : void 0;
    return await begin(null, connection2 === void 0 ? null : await signInWith(tx, host, actor, connection2));
  },
  effect: async ({ host, input }, signIn) => {
    const made =
      "files" in input
        ? await host.charts.package(new Map(input.files.map((file) => [file.path, bytesOf2(file.content)])))
        : "archive" in input
          ? await inspected(host.charts, bytesOf2(input.archive))
          : "installed" in input
            ? await host.charts.package(await filesOf2(host, signIn?.id ?? "", input.installed))
            : await inspected(
                host.charts,
                await host.charts.pull({ ...input.reference, identity: signIn?.identity ?? null }),
              );
    if (made.bytes.byteLength > most8) {
      throw new KeyrollError(
        "limit_exceeded",
        `The packaged chart has ${made.bytes.byteLength} bytes; ${most8} are allowed.`,
        {
          limit: most8,
          actual: made.bytes.byteLength,
          next: "Name files that do not belong to the chart in .helmignore.",
          changed: false,
        },
      );
    }
    return { ...made, digest: host.passwords.digestBytes(made.bytes) };
  },
  settle: async ({ tx, host, app: app2, actor, now, commit }, signIn, { bytes, facts: facts3, digest }) => {
    const known4 = await tx
      .selectFrom("releases")
      .select("id")
      .where("app_id", "=", app2.id)
      .where("digest", "=", digest)
      .executeTakeFirst();
    if (known4 !== void 0)
      return await commit(null, { release: releaseView(await releaseRow(tx, app2.id, known4.id)), created: false });
    const id4 = host.random.id();
    await tx
      .insertInto("release_files")
      .values({ digest, content: bytes })
      .onConflict((conflict2) => conflict2.column("digest").doNothing())
      .execute();
    await tx
      .insertInto("releases")
      .values({
        id: id4,
        app_id: app2.id,
        chart: facts3.name,
        version: facts3.version,
        app_version: facts3.appVersion,
        digest,
        bytes: bytes.byteLength,
        requires: JSON.stringify(facts3.requires),
        pushed_at: now,
        pushed_by: actor.name,
      })
      .execute();
    const by = signIn === null ? {} : { connection: signIn.connection };
    return await commit(
      { action: "releases.push", details: { chart: facts3.name, version: facts3.version, digest, ...by } },
      { release: releaseView(await releaseRow(tx, app2.id, id4)), created: true },
    );
  },
  recover: "nothing-to-recover",
});
var inspected = async (charts, bytes) => ({ bytes, facts: await charts.inspect(bytes) });
var clusterOf = async (tx, actor, nameOrId) => {
  if (!isAllowed(actor, "environment:write"))
    throw new KeyrollError(
      "not_allowed",
      "To take a running release's chart needs the permission environment:write too.",
    );
  const { id: id4, name: name3 } = await connectionNamed(tx, nameOrId, "installed.connection");
  return { id: id4, connection: name3, identity: null };
};
var filesOf2 = async (host, connectionId, { namespace, release: release2 }) => {
  const credentials3 = await unwrapCredentials(host, connectionId);
  if (credentials3 === null)
    throw new KeyrollError("invalid", "This connection has no cluster.", { field: "installed.connection" });
  const {
    files: files2,
    dependencies,
    chart,
    version: version4,
  } = await host.clusters.installed(credentials3, namespace, release2);
  if (dependencies.length > 0)
    throw new KeyrollError(
      "invalid",
      `${chart} ${version4} depends on other charts (${dependencies.join(", ")}), which Helm does not keep with a release.`,
      { field: "installed.release", next: "Push the chart itself: its folder, .tgz or address.", changed: false },
    );
  return files2;
};
var connectionNamed = async (tx, nameOrId, field2) => {
  const row = await tx
    .selectFrom("connections")
    .select(["id", "name", "cluster", "store_kind", "store_settings"])
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row === void 0) throw new KeyrollError("not_found", `There is no connection \`${nameOrId}\`.`, { field: field2 });
  return row;
};
var signInWith = async (tx, host, actor, nameOrId) => {
  if (!isAllowed(actor, "connection:read"))
    throw new KeyrollError("not_allowed", "To pull by a connection needs the permission connection:read too.");
  const field2 = "reference.connection";
  const row = await connectionNamed(tx, nameOrId, field2);
  const identity2 = identityOf3(host, {
    cluster: JSON.parse(row.cluster),
    storeKind: row.store_kind,
    storeSettings: JSON.parse(row.store_settings),
  });
  if (identity2 !== null) return { id: row.id, connection: row.name, identity: identity2 };
  throw new KeyrollError(
    "invalid",
    `The connection \`${row.name}\` is not in AWS: neither its store nor its cluster has an identity there.`,
    {
      field: field2,
      next: "Name one whose store is in AWS or whose cluster is EKS, or none, to sign in as the server itself.",
      changed: false,
    },
  );
};

// server/src/features/releases/read.ts
var listReleases = query(routes["releases.list"], async ({ db, app: app2, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = releasesOf(db, app2.id);
  if (start2 !== null) rows = rows.where("id", "<", start2);
  const { items, next } = cut(
    await rows
      .orderBy("id", "desc")
      .limit(page3.limit + 1)
      .execute(),
    page3.limit,
    (row) => row.id,
  );
  return { items: items.map(releaseView), next };
});
var getRelease = query(routes["releases.get"], async ({ db, host, app: app2, params }) => {
  const row = await releaseRow(db, app2.id, params.release);
  const { content } = await db
    .selectFrom("release_files")
    .select("content")
    .where("digest", "=", row.digest)
    .executeTakeFirstOrThrow();
  const { text: text4, isCut, schema } = await host.charts.values(content);
  return { release: releaseView(row), values: text4, valuesCut: isCut, schema };
});

// server/src/features/releases/remove.ts
var removeRelease = mutation(routes["releases.remove"], async ({ tx, app: app2, params, commit }) => {
  const row = await releaseRow(tx, app2.id, params.release);
  const used = await tx
    .selectFrom("deployments")
    .select("number")
    .where((e) => e.or([e("goal", "like", `%"${row.id}"%`), e("fallback", "like", `%"${row.id}"%`)]))
    .limit(1)
    .executeTakeFirst();
  if (used !== void 0) {
    throw new KeyrollError("in_use", `Deployment ${used.number} used release ${row.version}.`, {
      next: "Releases of deployments stay, so that undo stays possible.",
    });
  }
  await tx.deleteFrom("releases").where("id", "=", row.id).execute();
  const shared = await tx
    .selectFrom("releases")
    .select("id")
    .where("digest", "=", row.digest)
    .limit(1)
    .executeTakeFirst();
  if (shared === void 0) await tx.deleteFrom("release_files").where("digest", "=", row.digest).execute();
  return await commit({ action: "releases.remove", details: { chart: row.chart, version: row.version } }, {});
});

// server/src/features/secrets/disclosure.ts
var typedReply = (value2) => {
  if (value2 === void 0) throw new KeyrollError("integrity", "The value cannot be read.");
  return value2;
};

// server/src/features/secrets/bundle.ts
var keptValues = async (store, deployed, only) => {
  if (deployed === null || deployed.keepFrom === null) return /* @__PURE__ */ new Map();
  const newer = await store.manifest({ at: deployed.keepFrom });
  const keys2 = deployed.keep.filter((key2) => newer?.entries.has(key2) && (only === void 0 || only.includes(key2)));
  return keys2.length === 0 ? /* @__PURE__ */ new Map() : await store.read(deployed.keepFrom, keys2);
};
var bundleSecrets = operation(routes["secrets.bundle"], {
  begin: async ({ tx, host, actor, app: app2, environment: environment2, input, now, begin }) => {
    passDoor({ actor, now, reason: input.reason }, [environment2]);
    await countAttempt(tx, host.dialect, {
      id: host.random.id(),
      subject: `bundle:${actor.id}`,
      most: 60,
      window: 6e4,
      now,
    });
    const deployed = input.of === "deployed" ? await publishedGoal(tx, environment2.id) : null;
    if (input.of === "deployed" && deployed === null) {
      throw new KeyrollError("not_deployed", `Nothing is deployed in ${app2.name}/${environment2.name} yet.`, {
        next: "Run `keyroll deploy`, or take the newest saved values with --saved.",
      });
    }
    const at3 = typeof input.of === "number" ? input.of : (deployed?.revision ?? null);
    await refuseGone(tx, environment2.id, at3);
    return await begin(
      {
        action: "secrets.bundle",
        details: {
          purpose: input.purpose,
          of: at3 ?? "newest",
          keys: input.only ?? "all",
          ...(input.reason === void 0 ? {} : { reason: input.reason }),
        },
      },
      { at: at3, deployed },
    );
  },
  effect: async ({ host, app: app2, environment: environment2, input }, { at: at3, deployed }) => {
    const store = storeOf(host, app2, environment2);
    const manifest =
      at3 === null || at3 === 0
        ? await newestManifest(host.db, { host, app: app2, environment: environment2 }, { store })
        : await store.manifest({ at: at3 });
    if (manifest === null || at3 === 0) {
      if (at3 !== null && at3 > 0)
        throw new KeyrollError("revision_gone", `Revision ${at3} cannot be read.`, { field: "of", actual: at3 });
      return { revision: 0, values: /* @__PURE__ */ new Map() };
    }
    const kept3 = await keptValues(store, deployed, input.only);
    const names2 = /* @__PURE__ */ new Set([...manifest.entries.keys(), ...kept3.keys()]);
    for (const key2 of input.only ?? []) {
      if (names2.has(key2)) continue;
      const near = nearest(key2, names2);
      throw new KeyrollError("not_found", `\`${key2}\` is not in revision ${manifest.revision}.`, {
        key: key2,
        ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
      });
    }
    const own2 = (input.only ?? [...manifest.entries.keys()]).filter(
      (key2) => manifest.entries.has(key2) && deployed?.keep.includes(key2) !== true,
    );
    const values = own2.length === 0 ? /* @__PURE__ */ new Map() : await store.read(manifest.revision, own2);
    return { revision: manifest.revision, values: new Map([...values, ...kept3]) };
  },
  settle: async ({ commit }, _2, { revision: revision2, values }) =>
    await commit(null, {
      revision: revision2,
      values: Object.fromEntries([...values].map(([key2, value2]) => [key2, typedReply(value2)])),
    }),
  recover: "nothing-to-recover",
});

// server/src/features/secrets/change.ts
import { Buffer as Buffer36 } from "node:buffer";

// server/src/features/secrets/purge.ts
var named2 = (keys2) => keys2.map((key2) => `\`${key2}\``).join(", ");
var refusePurge = async (db, { host, environment: environment2 }, keys2) => {
  if (keys2.length === 0)
    throw new KeyrollError("invalid", "Only removed keys can be purged: name them in remove.", {
      field: "purge",
      changed: false,
    });
  const { label: label4, capabilities: capabilities2 } = host.stores.kind(environment2.storeKind);
  if (capabilities2.cannotPurge !== null)
    throw new KeyrollError("invalid", `${label4} cannot purge: ${capabilities2.cannotPurge}.`, {
      field: "purge",
      next: "Remove the keys without it, and change the values where they are used: then the old ones are worth nothing.",
      changed: false,
    });
  if (environment2.movedFrom !== null)
    throw new KeyrollError("in_use", "The copy that the last move left behind has these values too.", {
      field: "purge",
      next: "Drop it (`keyroll env move-store --confirm`), then purge.",
      changed: false,
    });
  const live = await liveRevisions(db, environment2.id);
  for (const key2 of keys2) {
    const needed = (await revisionsWith(db, environment2.id, [key2])).find((revision2) => live.has(revision2));
    if (needed === void 0) continue;
    throw new KeyrollError("in_use", `Revision ${needed}, which is deployed, has \`${key2}\`.`, {
      field: "purge",
      key: key2,
      actual: needed,
      next: "Remove it without purging, deploy, then purge it.",
      changed: false,
    });
  }
};
var removedBefore = async (db, environmentId, keys2) => {
  if (keys2.length === 0) return [];
  const rows = (table2) =>
    db
      .selectFrom(table2)
      .select("key")
      .distinct()
      .where("environment_id", "=", environmentId)
      .where("key", "in", keys2);
  const [known4, saved2] = [await rows("revision_changes").execute(), await rows("secret_keys").execute()];
  const now = new Set(saved2.map(({ key: key2 }) => key2));
  return known4.map(({ key: key2 }) => key2).filter((key2) => !now.has(key2));
};
var purgeValues = async ({ host, app: app2, environment: environment2, tx }, keys2, newest) => {
  const holding = await revisionsWith(tx ?? host.db, environment2.id, keys2);
  const old = new Set(holding.filter((revision2) => revision2 < newest));
  try {
    await storeOf(host, app2, environment2, tx).upkeep.purge(keys2, old);
    return [];
  } catch (error) {
    if (tx !== null || !(error instanceof KeyrollError)) throw error;
    return [
      {
        id: "not-purged",
        message: `${named2(keys2)} could not be purged: ${error.message} Purge again to repeat it.`,
      },
    ];
  }
};
var recordPurge = async (tx, environmentId, keys2) => {
  const gone2 = await revisionsWith(tx, environmentId, keys2);
  if (gone2.length > 0)
    await tx
      .updateTable("revisions")
      .set({ readable: 0 })
      .where("environment_id", "=", environmentId)
      .where("revision", "in", gone2)
      .execute();
  return gone2.toSorted((a, b) => a - b);
};
var staysReadable = ({ host, environment: environment2 }, removed) =>
  removed.length === 0 || !host.stores.kind(environment2.storeKind).capabilities.plainReaders
    ? []
    : [
        {
          id: "stays-readable",
          message: `${named2(removed)} can be read at ${removed.length === 1 ? "its path" : "their paths"} in the store by other programs until old values are collected; a purge deletes ${removed.length === 1 ? "it" : "them"} now.`,
        },
      ];

// server/src/features/secrets/queries.ts
var keysTouchedSince = async (db, environmentId, base4) => {
  const rows = await db
    .selectFrom("revision_changes")
    .select("key")
    .distinct()
    .where("environment_id", "=", environmentId)
    .where("revision", ">", base4)
    .execute();
  return new Set(rows.map(({ key: key2 }) => key2));
};
var mirroredRevision = async (db, environmentId) => {
  const row = await db
    .selectFrom("writes")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.revision ?? null;
};
var stateOf4 = (revision2, { deployed, mirrored }) => {
  if (deployed === null && mirrored === null) return "not-deployed";
  if (deployed !== null && revision2 <= deployed) return "running";
  return mirrored !== null && revision2 <= mirrored ? "in-cluster" : "saved";
};
var liveOf3 = async (db, environmentId) => {
  const [deployed, mirrored] = await Promise.all([
    publishedRevision(db, environmentId),
    mirroredRevision(db, environmentId),
  ]);
  return { deployed, mirrored };
};
var removedIn = async (db, environmentId) => {
  const rows = await db
    .selectFrom("revision_changes")
    .select(["key", (e) => e.fn.max("revision").as("revision")])
    .where("environment_id", "=", environmentId)
    .where("op", "=", "removed")
    .groupBy("key")
    .execute();
  return new Map(rows.map(({ key: key2, revision: revision2 }) => [key2, revision2]));
};

// server/src/features/secrets/settle.ts
import { z as z53 } from "zod";

// server/src/database/key-names.ts
var fold = (text4) => text4.toLowerCase();
var refreshKeyNames = async (tx, environmentId, revision2, changes2) => {
  if (changes2.length === 0) return;
  const later = await tx
    .selectFrom("revision_changes")
    .select("key")
    .where("environment_id", "=", environmentId)
    .where(
      "key",
      "in",
      changes2.map(({ key: key2 }) => key2),
    )
    .where("revision", ">", revision2)
    .execute();
  const isLate = new Set(later.map(({ key: key2 }) => key2));
  const newest = changes2.filter(({ key: key2 }) => !isLate.has(key2));
  const gone2 = newest.filter(({ op }) => op === "removed").map(({ key: key2 }) => key2);
  const there2 = newest.filter(({ op }) => op !== "removed");
  if (gone2.length > 0)
    await tx.deleteFrom("secret_keys").where("environment_id", "=", environmentId).where("key", "in", gone2).execute();
  if (there2.length === 0) return;
  await tx
    .insertInto("secret_keys")
    .values(
      there2.map(({ key: key2 }) => ({
        environment_id: environmentId,
        key: key2,
        folded: fold(key2),
        revision: revision2,
      })),
    )
    .onConflict((conflict2) => conflict2.columns(["environment_id", "key"]).doUpdateSet({ revision: revision2 }))
    .execute();
};

// server/src/features/secrets/record.ts
var changesBetween = (before, after) => {
  const changes2 = [];
  for (const entry3 of after.entries.values()) {
    const old = before?.entries.get(entry3.key);
    if (old?.revision !== entry3.revision) {
      changes2.push({
        key: entry3.key,
        op: old === void 0 ? "added" : "changed",
        bytes: entry3.bytes,
        lines: entry3.lines,
      });
    }
  }
  for (const key2 of before?.entries.keys() ?? []) {
    if (!after.entries.has(key2)) changes2.push({ key: key2, op: "removed", bytes: 0, lines: 0 });
  }
  return changes2.toSorted((a, b) => (a.key < b.key ? -1 : 1));
};
var recordRevision = async (tx, record3) => {
  const { manifest, environmentId } = record3;
  const changes2 = changesBetween(record3.before, manifest);
  let bytes = 0;
  for (const entry3 of manifest.entries.values()) bytes += entry3.bytes + entry3.key.length;
  const made = await tx
    .insertInto("revisions")
    .values({
      environment_id: environmentId,
      revision: manifest.revision,
      author_kind: record3.actor.kind,
      author_id: record3.actor.id,
      author: record3.actor.name,
      at: record3.now,
      message: record3.message,
      keys: manifest.entries.size,
      bytes,
      restored_from: record3.restoredFrom,
    })
    .onConflict((conflict2) => conflict2.columns(["environment_id", "revision"]).doNothing())
    .executeTakeFirst();
  if (made.numInsertedOrUpdatedRows !== 1n) return changes2;
  if (changes2.length > 0) {
    await tx
      .insertInto("revision_changes")
      .values(
        changes2.map((change2) => ({
          environment_id: environmentId,
          revision: manifest.revision,
          key: change2.key,
          op: change2.op,
          bytes: change2.bytes,
          lines: change2.lines,
          binary: manifest.entries.get(change2.key)?.binary === true ? 1 : 0,
          retires_old: record3.retiresOld.has(change2.key) ? 1 : 0,
        })),
      )
      .execute();
  }
  await setDue(tx, environmentId, record3.now);
  await refreshKeyNames(tx, environmentId, manifest.revision, changes2);
  const removed = changes2.filter(({ op }) => op === "removed").map(({ key: key2 }) => key2);
  if (removed.length > 0) {
    await tx
      .deleteFrom("secret_meta")
      .where("environment_id", "=", environmentId)
      .where("key", "in", removed)
      .execute();
  }
  await appendJournal(tx, environmentId, null, record3.now, {
    type: "saved",
    revision: manifest.revision,
    author: record3.actor.name,
    keys: changes2.map(({ key: key2 }) => key2),
  });
  return changes2;
};
var movedMeta = async (tx, environmentId, renamed) => {
  if (renamed.size === 0) return /* @__PURE__ */ new Map();
  const rows = await tx
    .selectFrom("secret_meta")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("key", "in", [...renamed.keys()])
    .execute();
  const nothing2 = { note: null, url: null, rotateBy: null, visible: false };
  const known4 = new Map(
    rows.map((row) => [row.key, { note: row.note, url: row.url, rotateBy: row.rotate_by, visible: row.visible === 1 }]),
  );
  return new Map([...renamed].map(([from, to]) => [to, known4.get(from) ?? nothing2]));
};
var recordMeta = async (tx, environmentId, meta2) => {
  for (const [key2, given] of meta2) {
    const row = await tx
      .selectFrom("secret_meta")
      .selectAll()
      .where("environment_id", "=", environmentId)
      .where("key", "=", key2)
      .executeTakeFirst();
    const next = {
      note: given.note === void 0 ? (row?.note ?? null) : given.note,
      url: given.url === void 0 ? (row?.url ?? null) : given.url,
      rotate_by: given.rotateBy === void 0 ? (row?.rotate_by ?? null) : given.rotateBy,
      visible: given.visible === void 0 ? (row?.visible ?? 0) : Number(given.visible),
    };
    await tx
      .insertInto("secret_meta")
      .values({ environment_id: environmentId, key: key2, ...next })
      .onConflict((conflict2) => conflict2.columns(["environment_id", "key"]).doUpdateSet(next))
      .execute();
  }
};

// server/src/features/secrets/settle.ts
var settleSave = async (ctx, intent, saved2) => {
  const { tx, host, environment: environment2, actor, now } = ctx;
  const { manifest } = saved2;
  const moved = await movedMeta(tx, environment2.id, saved2.renamed);
  const changes2 =
    manifest === null || !saved2.changed
      ? []
      : await recordRevision(tx, {
          environmentId: environment2.id,
          actor,
          now,
          message: intent.message,
          restoredFrom: intent.restoredFrom,
          ...saved2,
          manifest,
        });
  await recordMeta(tx, environment2.id, moved);
  await recordMeta(tx, environment2.id, saved2.meta);
  const revision2 = manifest?.revision ?? 0;
  const purged = saved2.purged ?? [];
  const gone2 = await recordPurge(tx, environment2.id, purged);
  const deployment3 =
    saved2.changed && environment2.settings.onSave
      ? await host.requestDeployment(tx, {
          app: ctx.app,
          environment: environment2,
          actor,
          revision: revision2,
          reason: "on-save",
        })
      : null;
  const entry3 =
    saved2.changed || saved2.meta.size > 0 || purged.length > 0
      ? {
          action: intent.restoredFrom === null ? "secrets.change" : "revisions.restore",
          details: {
            revision: revision2,
            ...(intent.restoredFrom === null ? {} : { restoredFrom: intent.restoredFrom }),
            ...(saved2.mergedWith === null ? {} : { mergedWith: saved2.mergedWith }),
            keys: changes2.map(({ key: key2, op }) => ({ key: key2, op })),
            ...(saved2.meta.size === 0 ? {} : { described: [...saved2.meta.keys()] }),
            ...(purged.length === 0 ? {} : { purged: [...purged], revisionsGone: gone2 }),
            ...(intent.drift === void 0 ? {} : { drift: intent.drift }),
            ...(saved2.retiresOld.size === 0 ? {} : { retiresOld: [...saved2.retiresOld] }),
          },
        }
      : null;
  return await ctx.commit(entry3, {
    revision: revision2,
    verified: saved2.verified,
    changed: saved2.changed,
    secrets: changes2.map(({ key: key2, op, bytes, lines }) => ({
      key: key2,
      op: op === "removed" ? "remove" : "set",
      bytes,
      lines,
    })),
    mergedWith: saved2.mergedWith,
    purged: [...purged],
    warnings: saved2.warnings.map(({ id: id4, key: key2, message }) => ({
      id: id4,
      message,
      ...(key2 === void 0 ? {} : { key: key2 }),
    })),
    deployment: deployment3,
  });
};
var intents2 = z53.object({
  txn: z53.string(),
  base: z53.number(),
  message: z53.string().nullable(),
  restoredFrom: z53.number().nullable(),
  retiresOld: z53.array(z53.string()).default([]),
  purge: z53.array(z53.string()).default([]),
  drift: z53
    .object({
      action: z53.enum(["adopt", "overwrite"]),
      place: z53.enum(["store", "cluster", "release"]).optional(),
      keys: z53.array(z53.string()),
    })
    .optional(),
});
var recoverSave = async (host, row) => {
  const environment2 = row.environmentId === null ? null : await environmentById(host.db, row.environmentId);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (environment2 === null || app2 === null) return "the environment is gone";
  const intent = intents2.parse(row.intent);
  const store = storeOf(host, app2, environment2);
  for (const { revision: revision2 } of await store.revisions({ limit: 20 })) {
    if (revision2 <= intent.base) break;
    const manifest = await store.manifest({ at: revision2 });
    if (manifest?.txn !== intent.txn) continue;
    const before = revision2 === 1 ? null : await store.manifest({ at: revision2 - 1 });
    if (revision2 > 1 && before === null)
      throw new KeyrollError("revision_gone", `Revision ${revision2 - 1} cannot be read any more.`);
    const actor = system("recovered save");
    const isRemoved = intent.purge.length > 0 && !intent.purge.some((key2) => manifest.entries.has(key2));
    const failed2 = isRemoved
      ? await purgeValues({ host, app: app2, environment: environment2, tx: null }, intent.purge, revision2)
      : [];
    const purges = isRemoved && failed2.length === 0;
    await host.db.transaction().execute(async (tx) => {
      const record3 = {
        environmentId: environment2.id,
        actor,
        now: host.clock.now(),
        message: intent.message,
        restoredFrom: intent.restoredFrom,
      };
      await recordRevision(tx, { ...record3, before, manifest, retiresOld: new Set(intent.retiresOld) });
      const gone2 = purges ? await recordPurge(tx, environment2.id, intent.purge) : [];
      await writeAudit(
        tx,
        host,
        actor,
        null,
        { app: app2, environment: environment2 },
        {
          action: "secrets.change",
          details: {
            revision: revision2,
            recovered: true,
            ...(intent.drift === void 0 ? {} : { drift: intent.drift }),
            ...(purges ? { purged: intent.purge, revisionsGone: gone2 } : {}),
          },
        },
      );
    });
    return `revision ${revision2} was in the store and is recorded now`;
  }
  return "the store never had it: nothing was saved";
};

// server/src/features/secrets/save.ts
var attempts3 = 5;
var isAtomic = ({ host, environment: environment2 }) =>
  host.stores.kind(environment2.storeKind).capabilities.transactional;
var codeOf4 = (rules2) => {
  if (rules2.every((rule) => rule === "risky-key")) return "confirmation_required";
  return rules2.some((rule) => ["pairs", "total-size", "value-size", "key-length"].includes(rule))
    ? "limit_exceeded"
    : "invalid";
};
var refuse9 = (problems) => {
  const [first] = problems;
  if (first === void 0) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  throw new KeyrollError(codeOf4(problems.map(({ rule }) => rule)), first.message + more, {
    ...(first.key === void 0 ? {} : { key: first.key }),
    ...(first.limit === void 0 ? {} : { limit: first.limit }),
    ...(first.actual === void 0 ? {} : { actual: first.actual }),
    ...(codeOf4(problems.map(({ rule }) => rule)) === "confirmation_required"
      ? {
          next: `Confirm it in confirmRisky (\`--confirm-risky ${problems.flatMap(({ rule, key: key2 }) => (rule === "risky-key" && key2 !== void 0 ? [key2] : [])).join(",")}\`), or choose another name.`,
        }
      : {}),
    problems: problems.map((problem3) => ({ ...problem3 })),
    changed: false,
  });
};
var save = async (ctx, intent, edit) => {
  const store = storeOf(ctx.host, ctx.app, ctx.environment, ctx.tx);
  const reader = ctx.tx ?? ctx.host.db;
  const maySee = isAllowed(ctx.actor, "secret:reveal");
  const toSave = [...(maySee ? edit.changes.set.keys() : []), ...edit.changes.rename.keys()];
  for (let attempt = 0; attempt < attempts3; attempt++) {
    const newest = await newestManifest(reader, ctx, { store, atLeast: intent.base, toSave });
    await refuseOverlap(reader, ctx.environment, store, intent.base, newest, touchedKeys(edit.changes));
    const kind2 = ctx.host.stores.kind(ctx.environment.storeKind);
    const metaOnly = touchedKeys(edit.changes).size === 0 && edit.meta.size > 0;
    const checked = metaOnly
      ? { problems: [], warnings: [], result: newest?.entries ?? /* @__PURE__ */ new Map() }
      : checkChangeSet(
          newest?.entries ?? /* @__PURE__ */ new Map(),
          edit.changes,
          {
            label: kind2.label,
            ...ctx.host.stores.capabilities(kind2.kind, JSON.parse(ctx.environment.storeSettings)),
          },
          { confirmedRisky: edit.confirmedRisky },
        );
    refuse9(checked.problems);
    for (const key2 of edit.meta.keys()) {
      if (!checked.result.has(key2))
        throw new KeyrollError("invalid", `meta: \`${key2}\` is not saved.`, {
          field: `meta.${key2}`,
          key: key2,
          changed: false,
        });
    }
    const mergedWith = (newest?.revision ?? 0) > intent.base ? (newest?.revision ?? 0) : null;
    const rest2 = {
      before: newest,
      mergedWith,
      warnings: checked.warnings,
      meta: edit.meta,
      renamed: edit.changes.rename,
      retiresOld: edit.changes.retiresOld,
    };
    const changes2 = await changesOf(ctx, store, newest, edit.changes);
    if (changes2.length === 0) return { ...rest2, manifest: newest, changed: false, verified: true };
    const result = await store.commit(
      { expect: newest?.revision ?? 0, txn: intent.txn, changes: changes2 },
      { signal: ctx.signal, progress: ctx.progress },
    );
    if ("conflict" in result) continue;
    const unverified = await readBack(ctx, store, result.done, changes2);
    const warnings = [...checked.warnings, ...unverified];
    return { ...rest2, warnings, manifest: result.done, changed: true, verified: unverified.length === 0 };
  }
  throw new KeyrollError("revision_conflict", "Others kept saving; nothing of yours was saved.", {
    next: "Send it again.",
    changed: false,
  });
};
var refuseOverlap = async (db, environment2, store, base4, manifest, mine) => {
  const newest = manifest?.revision ?? 0;
  if (base4 > newest) {
    throw new KeyrollError("revision_conflict", `If-Match names revision ${base4}; the newest is ${newest}.`, {
      field: "If-Match",
      limit: newest,
      actual: base4,
      changed: false,
    });
  }
  if (base4 === newest) return;
  const recorded = await keysTouchedSince(db, environment2.id, base4);
  const { overlap } = merge(
    mine,
    /* @__PURE__ */ new Set([...recorded, ...(await keysThatDiffer(store, base4, manifest))]),
  );
  if (overlap.length > 0) {
    throw new KeyrollError(
      "revision_conflict",
      `Saved by others since revision ${base4}: ${overlap.map((key2) => `\`${key2}\``).join(", ")}. The newest revision is ${newest}.`,
      {
        keys: overlap,
        limit: newest,
        actual: base4,
        changed: false,
      },
    );
  }
};
var keysThatDiffer = async (store, base4, newest) => {
  const before = base4 === 0 ? null : await store.manifest({ at: base4 });
  const written = [...(newest?.entries.values() ?? [])].filter(({ revision: revision2 }) => revision2 > base4);
  const gone2 = [...(before?.entries.keys() ?? [])].filter((key2) => newest?.entries.has(key2) !== true);
  return [...written.map(({ key: key2 }) => key2), ...gone2];
};
var changesOf = async (ctx, store, newest, edit) => {
  const sets = new Map(
    [...edit.set].map(([key2, value2]) => [
      key2,
      typeof value2 === "string" ? secretText(value2) : new Secret(value2, true),
    ]),
  );
  const present = [...sets.keys(), ...edit.rename.keys()].filter((key2) => newest?.entries.has(key2));
  const maySee = isAllowed(ctx.actor, "secret:reveal");
  const compared = present.filter(
    (key2) => edit.rename.has(key2) || (maySee && newest?.entries.get(key2)?.bytes === sets.get(key2)?.size),
  );
  const old = newest === null ? /* @__PURE__ */ new Map() : await readableOf(store, newest.revision, compared);
  const changes2 = [...edit.remove].map((key2) => ({ op: "remove", key: key2 }));
  for (const [from, to] of edit.rename) {
    const value2 = old.get(from);
    if (value2 === void 0)
      throw new KeyrollError("integrity", `The value of \`${from}\` cannot be read.`, { key: from });
    if (!edit.rename.has(from) || ![...edit.rename.values()].includes(from)) changes2.push({ op: "remove", key: from });
    changes2.push({ op: "set", key: to, value: value2 });
  }
  for (const [key2, value2] of sets) {
    const before = old.get(key2);
    if (before === void 0 || !before.equals(value2) || edit.retiresOld.has(key2))
      changes2.push({ op: "set", key: key2, value: value2 });
  }
  return changes2;
};
var readableOf = async (store, revision2, keys2) => {
  if (keys2.length === 0) return /* @__PURE__ */ new Map();
  try {
    return await store.read(revision2, keys2);
  } catch (error) {
    if (!(error instanceof KeyrollError) || !["integrity", "revision_gone"].includes(error.code)) throw error;
    const found = /* @__PURE__ */ new Map();
    if (keys2.length > 1)
      for (const key2 of keys2)
        for (const [name3, value2] of await readableOf(store, revision2, [key2])) found.set(name3, value2);
    return found;
  }
};
var readBack = async ({ tx }, store, manifest, changes2) => {
  try {
    await verify(store, manifest, changes2);
    return [];
  } catch (error) {
    if (tx !== null) throw error;
    const why = error instanceof KeyrollError ? error.message : "something went wrong inside.";
    return [{ id: "not-verified", message: `It is saved, but could not be read back: ${why}` }];
  }
};
var verify = async (store, manifest, changes2) => {
  const written = changes2.filter((change2) => change2.op !== "remove");
  const back = await store.read(
    manifest.revision,
    written.map(({ key: key2 }) => key2),
  );
  for (const change2 of written) {
    const { key: key2 } = change2;
    const there2 = back.get(key2);
    if (change2.op === "adopt" ? there2 !== void 0 : there2?.equals(change2.value) === true) continue;
    throw new KeyrollError(
      "integrity",
      `\`${key2}\`: the store gave back something else than was written (revision ${manifest.revision}).`,
      { key: key2, changed: true },
    );
  }
};

// server/src/features/secrets/change.ts
var valueOf2 = (value2) =>
  typeof value2 === "string" ? value2 : new Uint8Array(Buffer36.from(value2.base64, "base64"));
var editOf = (input) => ({
  changes: {
    set: new Map(Object.entries(input.set).map(([key2, value2]) => [key2, valueOf2(value2)])),
    remove: new Set(input.remove),
    rename: new Map(Object.entries(input.rename)),
    retiresOld: new Set(input.retiresOld),
  },
  meta: new Map(Object.entries(input.meta)),
  confirmedRisky: new Set(input.confirmRisky),
  restoredFrom: null,
});
var nothingToSave = async (ctx) => {
  const { host, app: app2, environment: environment2, tx } = ctx;
  const manifest = await newestManifest(tx ?? host.db, ctx, { store: storeOf(host, app2, environment2, tx) });
  return {
    manifest,
    before: manifest,
    changed: false,
    verified: true,
    mergedWith: null,
    warnings: [],
    meta: /* @__PURE__ */ new Map(),
    renamed: /* @__PURE__ */ new Map(),
    retiresOld: /* @__PURE__ */ new Set(),
  };
};
var changeSecrets = operation(routes["secrets.change"], {
  atomic: isAtomic,
  begin: async ({ tx, host, environment: environment2, input, ifMatch, begin }) => {
    if (Object.keys(input.set).length > 300) {
      throw new KeyrollError("limit_exceeded", "A change set sets at most 300 keys.", {
        limit: 300,
        actual: Object.keys(input.set).length,
        changed: false,
      });
    }
    if (input.purge) await refusePurge(tx, { host, environment: environment2 }, input.remove);
    const intent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? null,
      restoredFrom: null,
      retiresOld: input.retiresOld,
      purge: input.purge ? input.remove : [],
    };
    return await begin(input.purge ? { action: "secrets.purge", details: { keys: input.remove } } : null, intent);
  },
  effect: async (ctx, intent) => {
    const edit = editOf(ctx.input);
    const removed = [...edit.changes.remove];
    if (intent.purge.length === 0) {
      const saved3 = await save(ctx, intent, edit);
      return { ...saved3, warnings: [...saved3.warnings, ...staysReadable(ctx, removed)] };
    }
    const before = new Set(await removedBefore(ctx.tx ?? ctx.host.db, ctx.environment.id, removed));
    const rest2 = {
      ...edit,
      changes: { ...edit.changes, remove: new Set(removed.filter((key2) => !before.has(key2))) },
    };
    const isRest = touchedKeys(rest2.changes).size + rest2.meta.size > 0 || before.size === 0;
    const saved2 = isRest ? await save(ctx, intent, rest2) : await nothingToSave(ctx);
    const failed2 = await purgeValues(ctx, intent.purge, saved2.manifest?.revision ?? 0);
    const isPurged = failed2.length === 0;
    return { ...saved2, warnings: [...saved2.warnings, ...failed2], purged: isPurged ? intent.purge : [] };
  },
  settle: async (ctx, intent, outcome) => await settleSave(ctx, intent, outcome),
  recover: recoverSave,
});

// server/src/features/secrets/other.ts
var nameOf11 = ({ app: app2, environment: environment2 }) => `${app2.name}/${environment2.name}`;
var otherPlace2 = async (db, actor, names2) => {
  const { app: app2, environment: environment2 } = await loadSubject("{app}/{env}", { ...names2 }, db, () =>
    isAllowed(actor, "secret:list"),
  );
  if (app2 === void 0 || environment2 === void 0)
    throw new KeyrollError("not_found", `There is no environment \`${names2.app}/${names2.env}\`.`);
  return { app: app2, environment: environment2 };
};

// server/src/features/secrets/compare.ts
var alike = (here2, there2) =>
  [...here2.entries.values()].flatMap(({ key: key2, bytes, binary }) => {
    const other = there2.entries.get(key2);
    return other !== void 0 && other.bytes === bytes && other.binary === binary ? [key2] : [];
  });
var equalKeys = async (host, here2, there2, a, b) => {
  const keys2 = alike(a, b);
  if (keys2.length === 0) return /* @__PURE__ */ new Set();
  const [mine, theirs] = await Promise.all([
    storeOf(host, here2.app, here2.environment).read(a.revision, keys2),
    storeOf(host, there2.app, there2.environment).read(b.revision, keys2),
  ]);
  return new Set(
    keys2.filter((key2) => {
      const [one, two] = [mine.get(key2), theirs.get(key2)];
      if (one === void 0 || two === void 0)
        throw new KeyrollError("integrity", `The value of \`${key2}\` cannot be read.`, { key: key2 });
      return one.equals(two);
    }),
  );
};
var compareSecrets = operation(routes["secrets.compare"], {
  begin: async (ctx) => {
    const { tx, host, actor, app: app2, environment: environment2, input, now, requestId, begin } = ctx;
    const [otherApp = "", otherEnv = ""] = input.with.split("/");
    const here2 = { app: app2, environment: environment2 };
    const there2 = await otherPlace2(tx, actor, { app: otherApp, env: otherEnv });
    if (there2.environment.id === environment2.id) {
      throw new KeyrollError("invalid", "`with` names the same environment.", {
        field: "input.with",
        next: "Two revisions of one environment: `keyroll diff`.",
      });
    }
    const sides = [environment2, there2.environment];
    if (!mayReveal(actor, sides)) return await begin(null, { there: there2, told: false });
    passDoor({ actor, now, reason: input.reason }, sides);
    const attempt = { id: host.random.id(), subject: `compare:${actor.id}`, most: 30, window: 6e4, now };
    await countAttempt(tx, host.dialect, attempt);
    const entry3 = (other) => ({
      action: "secrets.compare",
      details: { with: nameOf11(other), ...(input.reason === void 0 ? {} : { reason: input.reason }) },
    });
    await writeAudit(tx, host, actor, requestId, there2, entry3(here2));
    return await begin(entry3(there2), { there: there2, told: true });
  },
  effect: async ({ host, app: app2, environment: environment2 }, { there: there2, told }) => {
    const here2 = { app: app2, environment: environment2 };
    const [a, b] = await Promise.all([
      newestManifest(host.db, { host, ...here2 }),
      newestManifest(host.db, { host, ...there2 }),
    ]);
    const equal =
      told && a !== null && b !== null ? await equalKeys(host, here2, there2, a, b) : /* @__PURE__ */ new Set();
    const statusOf = (key2) => {
      if (b?.entries.has(key2) !== true) return "only-here";
      if (a?.entries.has(key2) !== true) return "only-there";
      if (!told) return "present";
      return equal.has(key2) ? "same" : "different";
    };
    const keys2 = [.../* @__PURE__ */ new Set([...(a?.entries.keys() ?? []), ...(b?.entries.keys() ?? [])])].toSorted();
    return {
      here: a?.revision ?? 0,
      there: b?.revision ?? 0,
      keys: keys2.map((key2) => ({ key: key2, status: statusOf(key2) })),
    };
  },
  settle: async (
    { app: app2, environment: environment2, commit },
    { there: there2, told },
    { here: here2, there: other, keys: keys2 },
  ) =>
    await commit(null, {
      here: { app: app2.name, env: environment2.name, revision: here2 },
      there: { app: there2.app.name, env: there2.environment.name, revision: other },
      compared: told,
      keys: keys2,
    }),
  recover: "nothing-to-recover",
});

// server/src/features/secrets/fill.ts
var saveEdit = async (ctx, intent, edit) => {
  if (!isAtomic(ctx)) return await save(ctx, intent, edit);
  return await ctx.host.db.transaction().execute(async (tx) => {
    const saved2 = await save({ ...ctx, tx }, intent, edit);
    const { environment: environment2, actor, now } = ctx;
    const { message, restoredFrom } = intent;
    if (saved2.changed && saved2.manifest !== null) {
      const record3 = { environmentId: environment2.id, actor, now, message, restoredFrom, ...saved2 };
      await recordRevision(tx, { ...record3, manifest: saved2.manifest });
    }
    return saved2;
  });
};
var fillSecrets = operation(routes["secrets.fill"], {
  begin: async ({ tx, host, actor, app: app2, environment: environment2, input, ifMatch, now, requestId, begin }) => {
    const from = await otherPlace2(tx, actor, input.from);
    if (from.environment.id === environment2.id)
      throw new KeyrollError("invalid", "`from` names the same environment.", { field: "from", changed: false });
    if (!mayReveal(actor, [from.environment]))
      throw new KeyrollError("not_allowed", `This needs the permission secret:reveal in ${nameOf11(from)}.`);
    passDoor({ actor, now, reason: input.reason }, [from.environment]);
    const attempt = { id: host.random.id(), subject: `fill:${actor.id}`, most: 30, window: 6e4, now };
    await countAttempt(tx, host.dialect, attempt);
    const entry3 = (side) => ({
      action: "secrets.fill",
      details: { ...side, keys: input.keys, ...(input.reason === void 0 ? {} : { reason: input.reason }) },
    });
    await writeAudit(
      tx,
      host,
      actor,
      requestId,
      from,
      entry3({ to: nameOf11({ app: app2, environment: environment2 }) }),
    );
    const intent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `Filled from ${nameOf11(from)}`,
      restoredFrom: null,
      retiresOld: [],
      purge: [],
    };
    return await begin(entry3({ from: nameOf11(from) }), intent);
  },
  effect: async (ctx, intent) => {
    const { host, input, actor } = ctx;
    const from = await otherPlace2(host.db, actor, input.from);
    const source = storeOf(host, from.app, from.environment);
    const manifest = await newestManifest(host.db, { host, ...from }, { store: source });
    const keys2 = [...new Set(input.keys)];
    for (const key2 of keys2) {
      if (manifest?.entries.has(key2) === true) continue;
      const near = nearest(key2, manifest?.entries.keys() ?? []);
      throw new KeyrollError("not_found", `\`${key2}\` is not saved in ${nameOf11(from)}.`, {
        key: key2,
        field: "keys",
        changed: false,
        ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
      });
    }
    const values = await source.read(manifest?.revision ?? 0, keys2);
    return await saveEdit(ctx, intent, {
      changes: {
        set: new Map([...values].map(([key2, value2]) => [key2, plainOf(value2)])),
        remove: /* @__PURE__ */ new Set(),
        rename: /* @__PURE__ */ new Map(),
        retiresOld: /* @__PURE__ */ new Set(),
      },
      meta: /* @__PURE__ */ new Map(),
      // They were confirmed where they come from.
      confirmedRisky: new Set(keys2),
      restoredFrom: null,
    });
  },
  settle: async (ctx, intent, saved2) => await settleSave(ctx, intent, saved2),
  recover: recoverSave,
});

// server/src/features/secrets/history.ts
var opOf = (text4) => (text4 === "added" || text4 === "removed" ? text4 : "changed");
var infoOf = async (db, environmentId, numbers) => {
  if (numbers.length === 0) return [];
  const rows = await db
    .selectFrom("revisions")
    .selectAll()
    .where("environment_id", "=", environmentId)
    .where("revision", "in", numbers)
    .orderBy("revision", "desc")
    .execute();
  const changes2 = await db
    .selectFrom("revision_changes")
    .select(["revision", "key", "op", "bytes"])
    .where("environment_id", "=", environmentId)
    .where("revision", "in", numbers)
    .orderBy("key")
    .execute();
  return rows.map((row) => ({
    revision: row.revision,
    author: row.author,
    at: row.at,
    message: row.message,
    keys: row.keys,
    bytes: row.bytes,
    changes: changes2
      .filter((change2) => change2.revision === row.revision)
      .map(({ key: key2, op, bytes }) => ({ key: key2, op: opOf(op), bytes })),
    restoredFrom: row.restored_from,
    readable: row.readable === 1,
  }));
};
var listRevisions = query(routes["revisions.list"], async ({ db, environment: environment2, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db.selectFrom("revisions").select("revision").where("environment_id", "=", environment2.id);
  if (start2 !== null) rows = rows.where("revision", "<", Number(start2) || 0);
  const found = await rows
    .orderBy("revision", "desc")
    .limit(page3.limit + 1)
    .execute();
  const { items, next } = cut(found, page3.limit, (row) => String(row.revision));
  return {
    items: await infoOf(
      db,
      environment2.id,
      items.map((row) => row.revision),
    ),
    next,
  };
});
var revisionOf = (text4) => {
  if (/^[1-9]\d{0,14}$/u.test(text4)) return Number(text4);
  throw new KeyrollError("not_found", `\`${text4.slice(0, 40)}\` is not a revision's number.`, { field: "revision" });
};
var getRevision = query(
  routes["revisions.get"],
  async ({ db, host, app: app2, environment: environment2, params, query: asked }) => {
    const number3 = revisionOf(params.revision);
    const [info] = await infoOf(db, environment2.id, [number3]);
    if (info === void 0)
      throw new KeyrollError("not_found", `There is no revision ${number3}.`, {
        field: "revision",
        next: "`keyroll history` shows them.",
      });
    await refuseGone(db, environment2.id, number3);
    const store = storeOf(host, app2, environment2);
    const against = asked.against ?? number3 - 1;
    const revisionsAt = async (at3) => {
      if (at3 === 0) return /* @__PURE__ */ new Map();
      const manifest2 = await store.manifest({ at: at3 });
      if (manifest2 === null)
        throw new KeyrollError("revision_gone", `Revision ${at3} cannot be read any more.`, {
          field: "against",
          actual: at3,
        });
      return new Map([...manifest2.entries.values()].map((entry3) => [entry3.key, entry3.revision]));
    };
    const manifest = await store.manifest({ at: number3 });
    if (manifest === null)
      throw new KeyrollError("revision_gone", `Revision ${number3} cannot be read any more.`, { actual: number3 });
    const difference2 = diffKeys(await revisionsAt(against), await revisionsAt(number3));
    return {
      revision: info,
      against,
      difference: difference2.flatMap(({ key: key2, status }) => (status === "same" ? [] : [{ key: key2, status }])),
      keys: [...manifest.entries.values()].map(({ key: key2, bytes, revision: revision2 }) => ({
        key: key2,
        bytes,
        revision: revision2,
      })),
    };
  },
);

// server/src/features/secrets/import.ts
import { parseDocument as parseDocument5 } from "yaml";

// server/src/features/secrets/foreign.ts
var sourceOf = async (host, db, environment2, from) => {
  if ("ssmPath" in from) return await pathOf6(host, db, environment2, from);
  if (environment2.type === "process")
    throw new KeyrollError("invalid", `\`${environment2.name}\` has no cluster, so no Secret.`, {
      field: "from.secret",
      next: "Import a file instead.",
      changed: false,
    });
  return { secret: from.secret };
};
var pathOf6 = async (host, db, environment2, from) => {
  const foreign2 = host.stores.foreign(environment2.storeKind);
  if (foreign2 === null) {
    throw new KeyrollError(
      "invalid",
      `\`${environment2.name}\` has its values in ${host.stores.kind(environment2.storeKind).label}: a path of AWS Parameter Store can only be imported where the store is in AWS.`,
      {
        field: "from",
        next: "Export the parameters to a file and import that, or use an environment with a store in AWS.",
        changed: false,
      },
    );
  }
  const place3 = foreign2.place(JSON.parse(environment2.storeSettings), { path: from.ssmPath, region: from.region });
  const others2 = await db
    .selectFrom("environments")
    .innerJoin("connections", (join6) =>
      join6.on((e) =>
        e.or([
          e("connections.id", "=", e.ref("environments.connection_id")),
          e("connections.id", "=", e.ref("environments.moved_from")),
        ]),
      ),
    )
    .innerJoin("apps", "apps.id", "environments.app_id")
    .select(["environments.id", "environments.name", "connections.store_kind", "connections.store_settings"])
    .select(["apps.id as app_id", "apps.name as app"])
    .execute();
  for (const other of others2) {
    const scope2 = scopeOf({ id: other.app_id, name: other.app }, other);
    const held3 = host.stores.valuesAt(other.store_kind, JSON.parse(other.store_settings), scope2);
    if (held3 === null || held3.region !== place3.region || !`${place3.path}/`.startsWith(`${held3.path}/`)) continue;
    const name3 = `${other.app}/${other.name}`;
    throw new KeyrollError("in_use", `${place3.path} lies where Keyroll keeps the values of ${name3}.`, {
      field: "from.ssmPath",
      next:
        other.id === environment2.id
          ? "They are saved here already."
          : `Copy its keys from the environment itself, which is recorded there: \`keyroll compare ${name3}\` shows them.`,
      changed: false,
    });
  }
  return place3;
};
var shellNameOf = (name3) =>
  name3
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/gu, "_")
    .replace(/^(?=\d)/u, "_");
var deeper2 = (place3, { count: n, more, below }) =>
  n === 0
    ? []
    : [
        {
          id: "nested",
          message: `${count(n, "parameter")}${more ? " or more" : ""} deeper below ${place3.path} ${n === 1 ? "is" : "are"} not taken: import ${below.map((part) => `${place3.path}/${part}`).join(", ")} on ${below.length === 1 ? "its" : "their"} own`,
        },
      ];
var readPath = async (host, environment2, place3) => {
  const foreign2 = host.stores.foreign(environment2.storeKind);
  if (foreign2 === null) throw new KeyrollError("internal", "The store has changed meanwhile.");
  const { values, nested } = await foreign2.read(JSON.parse(environment2.storeSettings), place3, host);
  return { values, notices: deeper2(place3, nested) };
};
var readSecret2 = async (host, app2, environment2, name3) => {
  const held3 = await (await openTarget(host, app2, environment2)).secretNamed(name3);
  const values = [...(held3 ?? [])].map(([key2, value2]) => ({ name: key2, value: value2, list: false }));
  return { values, notices: [] };
};
var readForeign = async ({ host, app: app2, environment: environment2 }, source, options) => {
  const { values, notices: whole2 } =
    "secret" in source
      ? await readSecret2(host, app2, environment2, source.secret)
      : await readPath(host, environment2, source);
  const entries2 = [];
  const errors = [];
  const taken = /* @__PURE__ */ new Map();
  for (const { name: name3, value: value2, list: list2 } of values) {
    const key2 = options.shellNames && !isShellName(name3) ? shellNameOf(name3) : name3;
    const broken2 = checkKey(key2);
    const twin = taken.get(key2);
    if (broken2 !== null) {
      const message = `${broken2.message} As a shell name it would be \`${shellNameOf(name3)}\`.`;
      errors.push({ line: 0, id: broken2.rule, message });
      continue;
    }
    if (twin !== void 0) {
      errors.push({ line: 0, id: "duplicate", message: `\`${twin}\` and \`${name3}\` would both become \`${key2}\`.` });
      continue;
    }
    taken.set(key2, name3);
    const notices = [];
    if (key2 !== name3) notices.push({ id: "renamed", key: key2, message: `the parameter's name is ${name3}` });
    else if (!isShellName(name3)) {
      const message = `no shell name: \`$${name3}\` cannot be written; as a shell name it would be \`${shellNameOf(name3)}\``;
      notices.push({ id: "shell-name", key: key2, message });
    }
    if (list2)
      notices.push({ id: "string-list", key: key2, message: "a StringList: taken as its text, with the commas" });
    const { bytes, lines } = valueFacts(plainOf(value2));
    entries2.push({ key: key2, value: plainOf(value2), line: 0, bytes, lines, notices });
  }
  return { entries: entries2, errors, notices: whole2 };
};

// server/src/features/secrets/import.ts
var parseYaml = (text4) => {
  const document = parseDocument5(text4, { uniqueKeys: true, schema: "failsafe" });
  if (document.errors.length > 0) throw new Error("not YAML");
  return document.toJS({ maxAliasCount: 0 });
};
var importSecrets = operation(routes["secrets.import"], {
  // A cluster is asked with no transaction open.
  atomic: (ctx) => ctx.input.from === void 0 && isAtomic(ctx),
  begin: async ({ tx, host, actor, environment: environment2, input, ifMatch, now, begin }) => {
    if ((input.text === void 0) === (input.from === void 0))
      throw new KeyrollError("invalid", "Give either `text` or `from`.", { field: "text", changed: false });
    if (input.apply && ifMatch === null)
      throw new KeyrollError("precondition_required", "apply needs If-Match with the base revision.", {
        changed: false,
      });
    const from = input.from === void 0 ? null : await sourceOf(host, tx, environment2, input.from);
    const intent = {
      txn: host.random.id(),
      base: ifMatch ?? 0,
      message:
        input.message ??
        (from === null ? "Import" : `Import of ${"secret" in from ? `the Secret ${from.secret}` : from.path}`),
      restoredFrom: null,
      retiresOld: [],
      from,
      purge: [],
    };
    if (from === null) return await begin(null, intent);
    const attempt = { id: host.random.id(), subject: `import:${actor.id}`, most: 30, window: 6e4, now };
    await countAttempt(tx, host.dialect, attempt);
    return await begin({ action: "secrets.import", details: { ...from, apply: input.apply } }, intent);
  },
  effect: async (ctx, intent) => {
    const { host, app: app2, environment: environment2, input, actor, tx } = ctx;
    const read3 =
      intent.from === null
        ? { ...readPairs(input.text ?? "", { format: input.format, yaml: parseYaml }), notices: [] }
        : await readForeign(ctx, intent.from, { shellNames: input.from?.shellNames ?? false });
    const store = storeOf(host, app2, environment2, tx);
    const manifest = await newestManifest(tx ?? host.db, { host, app: app2, environment: environment2 }, { store });
    const given = new Map(read3.entries.map((entry3) => [entry3.key, entry3.value]));
    const known4 = [...given.keys()].filter((key2) => manifest?.entries.has(key2));
    const maySee = isAllowed(actor, "secret:reveal") && host.keys.open;
    const old =
      maySee && manifest !== null && known4.length > 0
        ? await store.read(manifest.revision, known4)
        : /* @__PURE__ */ new Map();
    const statusOf = (key2, value2) => {
      if (manifest?.entries.has(key2) !== true) return "new";
      const before = old.get(key2);
      if (before === void 0) return "set";
      return sameValue(plainOf(before), value2) ? "same" : "changed";
    };
    const statuses = new Map([...given].map(([key2, value2]) => [key2, statusOf(key2, value2)]));
    const removed = input.replace
      ? [...(manifest?.entries.keys() ?? [])].filter((key2) => !given.has(key2)).toSorted()
      : [];
    if (!input.apply) return { read: read3, statuses, removed, saved: null };
    const [error] = read3.errors;
    if (error !== void 0) {
      throw new KeyrollError("invalid", `${error.message} Nothing was saved.`, {
        field: intent.from === null ? "text" : "from",
        changed: false,
        problems: read3.errors.map(({ line, id: id4, message }) => ({ line, rule: id4, message })),
      });
    }
    const changes2 = {
      set: given,
      remove: new Set(removed),
      rename: /* @__PURE__ */ new Map(),
      retiresOld: /* @__PURE__ */ new Set(),
    };
    const saved2 = await save(ctx, intent, {
      changes: changes2,
      meta: /* @__PURE__ */ new Map(),
      confirmedRisky: new Set(input.confirmRisky),
      restoredFrom: null,
    });
    return { read: read3, statuses, removed, saved: saved2 };
  },
  settle: async (ctx, intent, { read: read3, statuses, removed, saved: saved2 }) => {
    const plan = {
      entries: read3.entries.map(({ key: key2, line, bytes, lines, notices }) => ({
        key: key2,
        line,
        bytes,
        lines,
        status: statuses.get(key2) ?? "set",
        notices: notices.map(({ id: id4, message }) => ({ id: id4, message })),
      })),
      errors: [...read3.errors],
      notices: [...read3.notices],
      removed: [...removed],
    };
    if (saved2 === null) return await ctx.commit(null, { ...plan, saved: null });
    const settled = await settleSave(
      { ...ctx, commit: async (entry3, reply) => await ctx.commitAs(entry3, reply) },
      intent,
      saved2,
    );
    return await ctx.commit(null, { ...plan, saved: settled.result });
  },
  recover: recoverSave,
});

// server/src/features/secrets/key-history.ts
var listKeyHistory = query(
  routes["secrets.history"],
  async ({ db, environment: environment2, params, query: page3 }) => {
    const start2 = startOf(page3.cursor);
    let rows = db
      .selectFrom("revision_changes as c")
      .innerJoin("revisions as r", (join6) =>
        join6.onRef("r.environment_id", "=", "c.environment_id").onRef("r.revision", "=", "c.revision"),
      )
      .select(["c.revision", "c.op", "c.bytes", "c.lines", "c.retires_old"])
      .select(["r.author", "r.at", "r.message", "r.restored_from"])
      .where("c.environment_id", "=", environment2.id)
      .where("c.key", "=", params.key);
    if (start2 !== null) rows = rows.where("c.revision", "<", Number(start2) || 0);
    const found = await rows
      .orderBy("c.revision", "desc")
      .limit(page3.limit + 1)
      .execute();
    if (found.length === 0 && start2 === null) {
      const known4 = await db
        .selectFrom("revision_changes")
        .select("key")
        .distinct()
        .where("environment_id", "=", environment2.id)
        .execute();
      const near = nearest(
        params.key,
        known4.map(({ key: key2 }) => key2),
      );
      throw new KeyrollError("not_found", `\`${params.key.slice(0, 253)}\` was never saved here.`, {
        key: params.key.slice(0, 253),
        ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
      });
    }
    const { items, next } = cut(found, page3.limit, (row) => String(row.revision));
    return {
      items: items.map((row) => ({
        revision: row.revision,
        op: opOf(row.op),
        bytes: row.bytes,
        lines: row.lines,
        author: row.author,
        at: row.at,
        message: row.message,
        retiresOld: row.retires_old === 1,
        restoredFrom: row.restored_from,
      })),
      next,
    };
  },
);

// server/src/features/secrets/drift.ts
var findDrift = async (db, { environment: environment2 }, store, { authors, own: own2 }) => {
  await refuseWhileSaving(db, environment2, own2);
  const found = await store.upkeep.inspect({ authors });
  if (found.length > 0) await refuseWhileSaving(db, environment2, own2);
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
};
var valuesInCluster = async ({ host, app: app2, environment: environment2 }, store, newest, keys2) => {
  const nothing2 = /* @__PURE__ */ new Map();
  if (keys2.length === 0 || newest === null) return nothing2;
  const target = await openTarget(host, app2, environment2);
  const mirror = await target.mirror();
  if (mirror === null || !mirror.ours || mirror.revision === null) return nothing2;
  const there2 = mirror.revision === newest.revision ? newest : await store.manifest({ at: mirror.revision });
  const same = keys2.flatMap((key2) => {
    const entry3 = newest.entries.get(key2);
    return entry3 !== void 0 && there2?.entries.get(key2)?.revision === entry3.revision ? [entry3] : [];
  });
  const values = same.length === 0 ? null : await target.values(same);
  return values ?? nothing2;
};
var refuseWhileSaving = async (db, environment2, own2) => {
  const row = await db
    .selectFrom("operations")
    .select("id")
    .where("environment_id", "=", environment2.id)
    .where("settled_at", "is", null)
    .where("id", "!=", own2 ?? "")
    .limit(1)
    .executeTakeFirst();
  if (row === void 0) return;
  throw new KeyrollError("in_use", `Something is being saved in \`${environment2.name}\` right now.`, {
    next: "Look again when it is over.",
    changed: false,
  });
};

// server/src/features/secrets/list-drift.ts
var listDrift = query(routes["drift.list"], async (ctx) => {
  const { db, host, environment: environment2 } = ctx;
  const { settings: settings9 } = environment2;
  const { revision: revision2, drift: stored } = await inStore(ctx);
  const { drift: deployed, unknown: unknown2 } = await inCluster(ctx);
  return {
    revision: revision2,
    store: host.stores.kind(environment2.storeKind).label,
    drift: [...stored, ...deployed],
    deployed: environment2.type === "process" ? null : await publishedRevision(db, environment2.id),
    mode: settings9.drift,
    pausedUntil: isPaused(settings9, host.clock.now()) ? settings9.driftPausedUntil : null,
    unknown: unknown2,
  };
});
var inStore = async (ctx) => {
  const { db, host, app: app2, environment: environment2 } = ctx;
  const store = storeOf(host, app2, environment2);
  const found = await findDrift(db, ctx, store, { authors: true, own: null });
  const newest = await newestManifest(db, ctx, { store });
  const lost = found
    .filter(({ kind: kind2, savedIn }) => kind2 !== "foreign" && savedIn === null)
    .map(({ key: key2 }) => key2);
  const there2 = await valuesInCluster(ctx, store, newest, lost).catch((error) => {
    if (error instanceof KeyrollError) return /* @__PURE__ */ new Map();
    throw error;
  });
  return {
    revision: newest?.revision ?? 0,
    drift: found.map(({ key: key2, kind: kind2, message, at: at3, by, savedIn }) => {
      const overwrite = savedIn !== null ? "store" : there2.has(key2) ? "cluster" : null;
      return { place: "store", key: key2, kind: kind2, message, at: at3, by, overwrite };
    }),
  };
};
var inCluster = async (ctx) => {
  const { db, environment: environment2 } = ctx;
  const view = (entries2) =>
    entries2.map((entry3) => ({ ...entry3, overwrite: entry3.place === "cluster" ? "store" : null }));
  try {
    return { drift: view(openEntries(await lookForDrift(ctx))), unknown: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { drift: view(openEntries(await knownDrift(db, environment2.id))), unknown: error.message };
  }
};

// server/src/features/secrets/list.ts
var listSecrets = query(routes["secrets.list"], async ({ db, host, app: app2, environment: environment2 }) => {
  const store = storeOf(host, app2, environment2);
  const manifest = await newestManifest(db, { host, app: app2, environment: environment2 }, { store });
  const [live, revisions, metas, changes2] = await Promise.all([
    liveOf3(db, environment2.id),
    db
      .selectFrom("revisions")
      .select(["revision", "author", "at"])
      .where("environment_id", "=", environment2.id)
      .execute(),
    db.selectFrom("secret_meta").selectAll().where("environment_id", "=", environment2.id).execute(),
    db
      .selectFrom("revision_changes")
      .select(["key", "revision", "retires_old"])
      .where("environment_id", "=", environment2.id)
      .where("retires_old", "=", 1)
      .execute(),
  ]);
  const authors = new Map(revisions.map((row) => [row.revision, row]));
  const metaOf = new Map(metas.map((row) => [row.key, row]));
  const retiring = new Set(changes2.map((row) => `${row.revision}/${row.key}`));
  const entries2 = [...(manifest?.entries.values() ?? [])].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const visible = entries2
    .filter((entry3) => metaOf.get(entry3.key)?.visible === 1 && !entry3.binary)
    .map((entry3) => entry3.key);
  const shown =
    manifest === null || visible.length === 0 || !host.keys.open
      ? /* @__PURE__ */ new Map()
      : await store.read(manifest.revision, visible);
  const secrets3 = entries2.map((entry3) => {
    const meta2 = metaOf.get(entry3.key);
    const by = authors.get(entry3.revision);
    const value2 = shown.get(entry3.key);
    return {
      key: entry3.key,
      bytes: entry3.bytes,
      lines: entry3.lines,
      binary: entry3.binary,
      value: value2 === void 0 ? null : visibleText(value2),
      revision: entry3.revision,
      changedAt: by?.at ?? manifest?.at ?? 0,
      changedBy: by?.author ?? "unknown",
      note: meta2?.note ?? null,
      url: meta2?.url ?? null,
      rotateBy: meta2?.rotate_by ?? null,
      visible: meta2?.visible === 1,
      retiresOld: retiring.has(`${entry3.revision}/${entry3.key}`),
      state: stateOf4(entry3.revision, live),
    };
  });
  const { deployed } = live;
  const out = deployed === null || deployed === manifest?.revision ? null : await store.manifest({ at: deployed });
  const gone2 = [...(out?.entries.values() ?? [])].filter((entry3) => manifest?.entries.has(entry3.key) !== true);
  const removals2 = gone2.length === 0 ? /* @__PURE__ */ new Map() : await removedIn(db, environment2.id);
  const removed = gone2.map((entry3) => {
    const by = authors.get(removals2.get(entry3.key) ?? 0);
    return {
      key: entry3.key,
      bytes: 0,
      lines: 0,
      binary: entry3.binary,
      value: null,
      revision: by?.revision ?? entry3.revision,
      changedAt: by?.at ?? 0,
      changedBy: by?.author ?? "unknown",
      note: null,
      url: null,
      rotateBy: null,
      visible: false,
      retiresOld: false,
      state: "removed",
    };
  });
  const able = host.stores.capabilities(environment2.storeKind, JSON.parse(environment2.storeSettings));
  return {
    revision: manifest?.revision ?? 0,
    deployedRevision: deployed,
    secrets: [...secrets3, ...removed],
    totalBytes: entries2.reduce((sum2, entry3) => sum2 + entry3.bytes + entry3.key.length, 0),
    limits: {
      pairs: limits.pairs,
      totalBytes: limits.totalBytes,
      valueBytes: able.valueBytes,
      larger: able.larger ?? null,
    },
    removal: { plainReaders: able.plainReaders, cannotPurge: able.cannotPurge },
  };
});

// server/src/features/secrets/restarts.ts
import { z as z54 } from "zod";
var reportLasts = 3e4;
var usesType = z54.union([z54.literal("all"), z54.array(z54.string())]);
var nameType = z54.object({ kind: z54.string(), name: z54.string() });
var factsType4 = z54.object({
  restart: z54
    .object({ how: z54.string(), marks: z54.array(nameType) })
    .nullable()
    .default(null),
  triggers: z54.array(nameType.extend({ sure: z54.boolean() })).default([]),
});
var restartsOf = async (parts2, touched) => {
  const { db, environment: environment2, host } = parts2;
  const deployed = await publishedRevision(db, environment2.id);
  const pending = /* @__PURE__ */ new Set([
    ...touched,
    ...(await keysTouchedSince(db, environment2.id, deployed ?? 0)),
  ]);
  if (pending.size === 0) return [];
  const isConcerned = (uses2) => uses2 === "all" || uses2.some((key2) => pending.has(key2));
  if (environment2.type === "process") return await processes3(parts2, isConcerned);
  if (environment2.settings.restart === "off") return [];
  const last = environment2.type === "helm" ? await lastPlan(db, environment2.id) : null;
  try {
    const target = await openTarget(host, parts2.app, environment2);
    const { workloads } = await target.observe(parts2.signal);
    return workloads
      .filter(
        ({ held: held3, rolls: rolls2, uses: uses2 }) =>
          held3 === null && rolls2 && (uses2 === "all" || uses2.length > 0),
      )
      .filter((workload) => isRestarted(workload, last, environment2.settings.restart, isConcerned(workload.uses)))
      .map(({ kind: kind2, name: name3 }) => ({ kind: kind2, name: name3 }));
  } catch (error) {
    if (error instanceof KeyrollError && ["provider_unreachable", "provider_denied", "sealed"].includes(error.code))
      return null;
    throw error;
  }
};
var processes3 = async ({ db, environment: environment2, host }, isConcerned) => {
  const rows = await db
    .selectFrom("instances")
    .select(["host", "pid", "keys"])
    .where("environment_id", "=", environment2.id)
    .where("seen_at", ">", host.clock.now() - reportLasts)
    .where("state", "!=", "stopped")
    .orderBy("id")
    .execute();
  return rows
    .filter(({ keys: keys2 }) => isConcerned(usesType.parse(JSON.parse(keys2))))
    .map(({ host: where, pid }) => ({ kind: "Process", name: `${where}/${pid}` }));
};
var isRestarted = (workload, last, setting, isConcerned) => {
  const trigger = last?.triggers.find((one) => isNamed(workload, one));
  if (trigger?.sure === true) return true;
  if (setting !== "chart" || last === null) return isConcerned;
  if (last.restart?.how === "inject" && last.restart.marks.some((one) => isNamed(workload, one))) return true;
  return isConcerned && trigger !== void 0;
};
var lastPlan = async (db, environmentId) => {
  const row = await runsOf(db, environmentId)
    .select("deployment_runs.facts")
    .where("deployment_runs.verdict", "=", "running")
    .limit(1)
    .executeTakeFirst();
  return row === void 0 ? null : factsType4.parse(JSON.parse(row.facts));
};

// server/src/features/secrets/plan.ts
var planSecrets = query(
  routes["secrets.plan"],
  async ({ db, host, app: app2, environment: environment2, input, signal: signal2 }) => {
    const { base: base4, ...change2 } = input;
    const edit = editOf(change2);
    const manifest = await newestManifest(db, { host, app: app2, environment: environment2 });
    const kind2 = host.stores.kind(environment2.storeKind);
    const { problems, warnings } = checkChangeSet(
      manifest?.entries ?? /* @__PURE__ */ new Map(),
      edit.changes,
      { label: kind2.label, ...host.stores.capabilities(kind2.kind, JSON.parse(environment2.storeSettings)) },
      { confirmedRisky: edit.confirmedRisky },
    );
    const touched = touchedKeys(edit.changes);
    const since = base4 ?? manifest?.revision ?? 0;
    const conflicts = merge(touched, await keysTouchedSince(db, environment2.id, since)).overlap;
    const calls = kind2.capabilities.transactional ? 1 : touched.size + 2;
    const restarts2 = await restartsOf({ host, db, app: app2, environment: environment2, signal: signal2 }, touched);
    return {
      revision: manifest?.revision ?? 0,
      problems: problems.map(({ rule, key: key2, message, limit, actual }) => ({
        rule,
        message,
        ...(key2 === void 0 ? {} : { key: key2 }),
        ...(limit === void 0 ? {} : { limit }),
        ...(actual === void 0 ? {} : { actual }),
      })),
      warnings: warnings.map(({ id: id4, key: key2, message }) => ({
        id: id4,
        message,
        ...(key2 === void 0 ? {} : { key: key2 }),
      })),
      conflicts: [...conflicts],
      calls,
      seconds: kind2.capabilities.transactional ? 0 : calls / 3,
      restarts: restarts2 === null ? null : [...restarts2],
    };
  },
);

// server/src/features/put-back.ts
var leaseLasts3 = 3e4;
var putBack = async (where, keys2, { byItself }) => {
  const { host, app: app2, environment: environment2 } = where;
  const lease = await acquireLease(host, `environment:${environment2.id}`, host.instance, leaseLasts3);
  const busy = await unfinishedNumber(host.db, environment2.id);
  if (lease === null || busy !== null) {
    if (lease !== null) await releaseLease(host, lease);
    throw new KeyrollError("deployment_running", "A deployment is at work: it writes what it is about itself.", {
      ...(busy === null ? {} : { actual: busy }),
      changed: false,
    });
  }
  try {
    const target = await openTarget(host, app2, environment2);
    const known4 = await lookForDrift(where, { target });
    const found = known4.entries.filter(({ place: place3 }) => place3 === "cluster");
    const chosen = chooseFrom(found, keys2, environment2.secretName);
    const writes = await lastWrites(host.db, environment2.id);
    if (writes === null || chosen.length === 0)
      throw new KeyrollError("not_found", "The cluster is as it was deployed: there is nothing to put back.", {
        next: "Look at the drift again: `keyroll drift`.",
        changed: false,
      });
    const content = await contentOf(where, target, writes, found, chosen);
    const glance2 = await target.glance();
    if (glance2?.exists === true && !glance2.free)
      throw new KeyrollError("foreign_secret", `The Secret ${environment2.secretName ?? ""} is somebody else's now.`, {
        next: "`keyroll deploy` names the owner and how to move it over.",
        changed: false,
      });
    await host.db.transaction().execute(async (tx) => await requireLease(host, tx, lease));
    const left = found.filter((one) => one.key !== null && !chosen.includes(one));
    const written = await target.write({
      expect: known4.resourceVersion ?? (glance2?.exists === true ? (glance2.resourceVersion ?? "absent") : "absent"),
      revision: content.revision,
      pairs: content.pairs,
      // The marks may be what was changed.
      adopt: true,
      foreign: left.length > 0,
    });
    const now = host.clock.now();
    const changed = chosen.flatMap(({ key: key2 }) => key2 ?? []).toSorted();
    await host.db.transaction().execute(async (tx) => {
      await requireLease(host, tx, lease);
      await insertWrite(tx, {
        environmentId: environment2.id,
        revision: left.length > 0 ? null : content.revision,
        resourceVersion: written.resourceVersion ?? "",
        at: written.writtenAt ?? now,
        acknowledgedAt: now,
        // A Secret that was away has all of its keys anew.
        changed: chosen.some(({ kind: kind2 }) => kind2 === "deleted") ? null : changed,
        kind: left.length > 0 ? "foreign" : "goal",
      });
      const rest2 = {
        ...known4,
        resourceVersion: written.resourceVersion,
        entries: known4.entries.filter((one) => !chosen.includes(one)),
        adopted: new Map([...known4.adopted].filter(([key2]) => !changed.includes(key2))),
        // The pace is Keyroll's own: what a person puts back does not make it wait.
        revertedAt: byItself ? now : known4.revertedAt,
      };
      await keepKnown(tx, environment2.id, now, rest2);
      await appendJournal(tx, environment2.id, null, now, {
        type: "drift",
        state: "overwritten",
        place: "cluster",
        message: `What was deployed is back in ${environment2.secretName ?? "the Secret"}. It was: ${driftSentence(chosen, environment2.secretName) ?? ""}`,
      });
    });
    return changed;
  } finally {
    await releaseLease(host, lease);
    await host.jobs.wake("deployments", environment2.id);
  }
};
var chooseFrom = (found, keys2, secretName2) => {
  const missing4 = keys2.filter((key2) => !found.some((one) => one.key === key2));
  if (missing4.length > 0)
    throw new KeyrollError(
      "not_found",
      `${missing4.map((key2) => `\`${key2}\``).join(", ")} ${missing4.length === 1 ? "is" : "are"} in ${secretName2 ?? "the Secret"} as deployed: there is nothing to resolve.`,
      { field: "keys", keys: missing4, next: "Look at the drift again: `keyroll drift`.", changed: false },
    );
  if (keys2.length === 0 || found.some(({ key: key2 }) => key2 === null)) return found;
  return found.filter(({ key: key2 }) => key2 !== null && keys2.includes(key2));
};
var contentOf = async ({ host, app: app2, environment: environment2 }, target, writes, found, chosen) => {
  const { goal: goal2, leaving } = await deployedContent(host.db, environment2.id, writes.own);
  const pairs = new Map(await pairsOf(storeOf(host, app2, environment2), goal2));
  const others2 = found.flatMap((one) => (one.key === null || chosen.includes(one) ? [] : [one.key]));
  const kept3 = [...others2, ...leaving].map((key2) => ({ key: key2, binary: "as-found" }));
  const values = kept3.length === 0 ? null : await target.values(kept3);
  for (const key2 of others2) pairs.delete(key2);
  for (const [key2, value2] of values ?? []) pairs.set(key2, value2);
  return { revision: goal2.revision, pairs };
};

// server/src/features/secrets/adopt-cluster.ts
var chosenFrom = (found, keys2) => {
  const missing4 = keys2.filter((key2) => !found.some((one) => one.key === key2));
  if (missing4.length > 0)
    throw new KeyrollError(
      "not_found",
      `${named2(missing4)} ${missing4.length === 1 ? "is" : "are"} in the cluster as deployed: there is nothing to resolve.`,
      { field: "keys", keys: missing4, next: "Look at the drift again: `keyroll drift`.", changed: false },
    );
  return found.filter(({ key: key2 }) => key2 !== null && keys2.includes(key2));
};
var adoptFromCluster = async (ctx, intent, meant) => {
  const { host, app: app2, environment: environment2 } = ctx;
  const target = await openTarget(host, app2, environment2);
  const known4 = await lookForDrift(ctx, { target });
  const keys2 = intent.drift?.keys ?? [];
  const chosen = chosenFrom(
    openEntries(known4).filter(({ place: place3 }) => place3 === "cluster"),
    keys2,
  );
  const wanted = chosen.flatMap(({ key: key2, kind: kind2 }) => (key2 === null || kind2 === "removed" ? [] : [key2]));
  const values = await target.values(wanted.map((key2) => ({ key: key2, binary: "as-found" })));
  const seen = known4.resourceVersion;
  if (values === null)
    throw new KeyrollError("invalid", "Keyroll's marks are gone from the Secret: whose it is must be clear first.", {
      next: "Overwrite it (`keyroll drift overwrite --all`), or take it over with `keyroll deploy --adopt`.",
      changed: false,
    });
  if (seen === null || values.size < wanted.length || (await target.glance())?.resourceVersion !== seen)
    throw new KeyrollError("revision_conflict", "The Secret was changed again meanwhile. Nothing was saved.", {
      next: "Look at the drift again, then decide.",
      changed: false,
    });
  const newest = await newestManifest(host.db, ctx, { atLeast: intent.base });
  const saved2 = await saveEdit(ctx, intent, {
    changes: {
      set: new Map([...values].map(([key2, value2]) => [key2, plainOf(value2)])),
      remove: new Set(
        chosen.flatMap(({ key: key2, kind: kind2 }) =>
          key2 !== null && kind2 === "removed" && newest?.entries.has(key2) === true ? [key2] : [],
        ),
      ),
      rename: /* @__PURE__ */ new Map(),
      retiresOld: /* @__PURE__ */ new Set(),
    },
    meta: /* @__PURE__ */ new Map(),
    confirmedRisky: meant,
    restoredFrom: null,
  });
  return { ...saved2, seen };
};
var markAdopted = async (tx, { host, environment: environment2 }, seen, keys2, revision2) => {
  const known4 = await knownDrift(tx, environment2.id);
  if (known4.resourceVersion !== seen) return;
  const adopted2 = new Map([...known4.adopted, ...keys2.map((key2) => [key2, revision2])]);
  await keepKnown(tx, environment2.id, host.clock.now(), { ...known4, adopted: adopted2 });
};

// server/src/features/secrets/resolve-drift.ts
var resolveDrift = operation(routes["drift.resolve"], {
  // A cluster is not waited for with a transaction open.
  atomic: (ctx) => ctx.input.place === "store" && isAtomic(ctx),
  begin: async ({ host, actor, input, ifMatch, begin }) => {
    const { place: place3 } = input;
    const keys2 = [...new Set(input.keys)];
    refuseEarly(input, isAllowed(actor, "deployment:write"));
    const what = input.action === "adopt" ? `Adopt from the ${place3}` : "Put back in the store";
    const intent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `${what}: ${keys2.length > 5 ? count(keys2.length, "key") : keys2.join(", ")}`,
      restoredFrom: null,
      retiresOld: [],
      purge: [],
      drift: { action: input.action, place: place3, keys: keys2 },
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent) => {
    const { place: place3, action, confirmRisky } = ctx.input;
    if (place3 === "cluster" && action === "adopt") {
      const { seen, ...saved2 } = await adoptFromCluster(ctx, intent, new Set(confirmRisky));
      return { saved: saved2, seen, put: null, release: null };
    }
    if (place3 !== "store") {
      const manifest = await newestManifest(ctx.host.db, ctx);
      const saved2 = { ...unchanged, manifest, before: manifest };
      if (place3 === "release") return { saved: saved2, seen: null, put: null, release: await liveRelease(ctx) };
      return {
        saved: saved2,
        seen: null,
        put: await putBack(ctx, intent.drift?.keys ?? [], { byItself: ctx.actor.kind === "system" }),
        release: null,
      };
    }
    return { saved: await resolveInStore(ctx, intent), seen: null, put: null, release: null };
  },
  settle: async (ctx, intent, { saved: saved2, seen, put, release: release2 }) => {
    const keys2 = intent.drift?.keys ?? [];
    if (seen !== null) await markAdopted(ctx.tx, ctx, seen, keys2, saved2.manifest?.revision ?? 0);
    if (release2 !== null) await acceptRelease(ctx.tx, ctx, release2);
    const settled = await settleSave(ctx, intent, saved2);
    if (put === null && release2 === null) return settled;
    const details2 = release2 === null ? { place: "cluster", keys: put } : { place: "release", helmRevision: release2 };
    return await ctx.commit({ action: `drift.${ctx.input.action}`, details: details2 }, settled.result);
  },
  recover: recoverSave,
});
var unchanged = {
  changed: false,
  verified: true,
  mergedWith: null,
  warnings: [],
  meta: /* @__PURE__ */ new Map(),
  renamed: /* @__PURE__ */ new Map(),
  retiresOld: /* @__PURE__ */ new Set(),
};
var refuseEarly = ({ place: place3, action, keys: keys2 }, mayDeploy) => {
  if (place3 === "release" && action === "overwrite")
    throw new KeyrollError("invalid", "A release is put back by deploying again: that is a new Helm revision.", {
      field: "action",
      next: "Deploy with consent: `keyroll deploy --overwrite-drift`.",
      changed: false,
    });
  if (!mayDeploy && (place3 === "release" || (place3 === "cluster" && action === "overwrite")))
    throw new KeyrollError("not_allowed", "This changes what is deployed: it needs the permission deployment:write.");
  if (keys2.length === 0 && (place3 === "store" || (place3 === "cluster" && action === "adopt")))
    throw new KeyrollError("invalid", "keys: name at least one.", {
      field: "keys",
      limit: 1,
      actual: 0,
      next: "`keyroll drift` lists what differs.",
      changed: false,
    });
};
var liveRelease = async (ctx) => {
  const target = await openTarget(ctx.host, ctx.app, ctx.environment);
  const { entries: entries2 } = await lookForDrift(ctx, { target });
  const revision2 = entries2.some(({ place: place3 }) => place3 === "release")
    ? (await target.release([]))?.revision
    : null;
  if (revision2 !== null && revision2 !== void 0) return revision2;
  throw new KeyrollError("not_found", "No Helm revision of somebody else's is there to be accepted.", {
    next: "Look at the drift again: `keyroll drift`.",
    changed: false,
  });
};
var acceptRelease = async (tx, { host, environment: environment2 }, revision2) => {
  const known4 = await knownDrift(tx, environment2.id);
  const entries2 = known4.entries.filter(({ place: place3 }) => place3 !== "release");
  await keepKnown(tx, environment2.id, host.clock.now(), { ...known4, entries: entries2, acceptedRelease: revision2 });
  await appendJournal(tx, environment2.id, null, host.clock.now(), {
    type: "drift",
    state: "adopted",
    place: "release",
    message: `Helm revision ${revision2} was accepted: which chart and values it has is not known here.`,
  });
};
var resolveInStore = async (ctx, intent) => {
  const { host, app: app2, environment: environment2, input, tx } = ctx;
  const store = storeOf(host, app2, environment2, tx);
  const newest = await newestManifest(tx ?? host.db, ctx, { store, atLeast: intent.base });
  if ((newest?.revision ?? 0) !== intent.base) throw conflict(intent.base, newest);
  const keys2 = intent.drift?.keys ?? [];
  const drift2 = byKey3(await findDrift(tx ?? host.db, ctx, store, { authors: false, own: ctx.operation }), keys2);
  const changes2 =
    input.action === "adopt"
      ? adopting(newest, drift2, new Set(input.confirmRisky))
      : await overwriting(ctx, store, newest, drift2);
  const result = await store.commit(
    { expect: intent.base, txn: intent.txn, changes: changes2 },
    { signal: ctx.signal, progress: ctx.progress },
  );
  if ("conflict" in result) throw conflict(intent.base, result.conflict);
  const warnings = await readBack(ctx, store, result.done, changes2);
  return {
    ...unchanged,
    manifest: result.done,
    before: newest,
    changed: true,
    verified: warnings.length === 0,
    warnings,
  };
};
var conflict = (base4, newest) =>
  new KeyrollError(
    "revision_conflict",
    `Somebody saved meanwhile: the newest revision is ${newest?.revision ?? 0}, not ${base4}. Nothing was changed.`,
    { limit: newest?.revision ?? 0, actual: base4, next: "Look at the drift again, then decide.", changed: false },
  );
var byKey3 = (found, keys2) => {
  const wanted = found.filter(({ key: key2 }) => keys2.includes(key2));
  const missing4 = keys2.filter((key2) => !wanted.some((drift2) => drift2.key === key2));
  if (missing4.length === 0) return wanted;
  throw new KeyrollError(
    "not_found",
    `${named2(missing4)} ${missing4.length === 1 ? "is" : "are"} in the store as saved: there is nothing to resolve.`,
    { field: "keys", keys: missing4, next: "Look at the drift again: `keyroll drift`.", changed: false },
  );
};
var adopting = (newest, drift2, meant) => {
  const risky2 = drift2.flatMap(({ key: key2, kind: kind2 }) =>
    kind2 === "foreign" && isRiskyKey(key2) && !meant.has(key2) ? [key2] : [],
  );
  if (risky2.length > 0)
    throw new KeyrollError(
      "confirmation_required",
      `${named2(risky2)} ${risky2.length === 1 ? "changes" : "change"} what a process loads or trusts.`,
      {
        keys: risky2,
        next: `Confirm it in confirmRisky (\`--confirm-risky ${risky2.join(",")}\`), or leave it out.`,
        changed: false,
      },
    );
  const keys2 = new Set(newest?.entries.keys());
  for (const { key: key2, kind: kind2 } of drift2) {
    if (kind2 === "missing") keys2.delete(key2);
    else keys2.add(key2);
  }
  if (keys2.size > limits.pairs)
    throw new KeyrollError(
      "limit_exceeded",
      `With what is adopted the environment would have ${keys2.size} pairs; ${limits.pairs} are allowed.`,
      { field: "keys", limit: limits.pairs, actual: keys2.size, next: "Adopt fewer, or remove keys.", changed: false },
    );
  return drift2.map(({ key: key2, kind: kind2 }) =>
    kind2 === "missing" ? { op: "remove", key: key2 } : { op: "adopt", key: key2 },
  );
};
var overwriting = async (ctx, store, newest, drift2) => {
  const foreign2 = drift2.filter(({ kind: kind2 }) => kind2 === "foreign").map(({ key: key2 }) => key2);
  if (foreign2.length > 0)
    throw new KeyrollError("invalid", `${named2(foreign2)} was never saved here: nothing can be put back.`, {
      field: "keys",
      keys: foreign2,
      next: "Adopt it, or delete it in the store.",
      changed: false,
    });
  const lost = drift2.filter(({ savedIn }) => savedIn === null).map(({ key: key2 }) => key2);
  const inCluster2 = await valuesInCluster(ctx, store, newest, lost);
  const nowhere = lost.filter((key2) => !inCluster2.has(key2));
  if (nowhere.length > 0)
    throw new KeyrollError(
      "invalid",
      `The saved value of ${named2(nowhere)} is neither in the store nor in the cluster any more.`,
      {
        field: "keys",
        keys: nowhere,
        next: "Save a new value, or adopt what is there: a deleted key is then removed.",
        changed: false,
      },
    );
  const changes2 = [];
  for (const revision2 of new Set(drift2.flatMap(({ savedIn }) => savedIn ?? []))) {
    const keys2 = drift2.filter(({ savedIn }) => savedIn === revision2).map(({ key: key2 }) => key2);
    for (const [key2, value2] of await store.read(revision2, keys2))
      changes2.push({ op: "mend", key: key2, value: value2 });
  }
  for (const [key2, value2] of inCluster2) changes2.push({ op: "mend", key: key2, value: value2 });
  return changes2;
};

// server/src/features/secrets/restore.ts
var restoreRevision = operation(routes["revisions.restore"], {
  atomic: isAtomic,
  begin: async ({ tx, host, environment: environment2, params, input, ifMatch, begin }) => {
    const from = revisionOf(params.revision);
    await refuseGone(tx, environment2.id, from);
    const intent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `Restore revision ${from}`,
      restoredFrom: from,
      retiresOld: [],
      purge: [],
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent) => {
    const store = storeOf(ctx.host, ctx.app, ctx.environment, ctx.tx);
    const from = intent.restoredFrom ?? 0;
    const now = await newestManifest(ctx.tx ?? ctx.host.db, ctx, { store });
    const old = await store.manifest({ at: from });
    if (old === null)
      throw new KeyrollError("revision_gone", `Revision ${from} cannot be read any more.`, { actual: from });
    const at3 = (entries2) => new Map([...entries2].map(([key2, entry3]) => [key2, entry3.revision]));
    const dead = await retiredSince(ctx.tx ?? ctx.host.db, ctx.environment.id, from, now?.revision ?? from);
    const difference2 = diffKeys(at3(now?.entries ?? /* @__PURE__ */ new Map()), at3(old.entries)).filter(
      ({ key: key2, status }) => status === "removed" || !dead.includes(key2),
    );
    const values = await store.read(
      from,
      difference2.filter(({ status }) => status === "added" || status === "changed").map(({ key: key2 }) => key2),
    );
    return await save(ctx, intent, {
      changes: {
        set: new Map([...values].map(([key2, value2]) => [key2, plainOf(value2)])),
        remove: new Set(difference2.filter(({ status }) => status === "removed").map(({ key: key2 }) => key2)),
        rename: /* @__PURE__ */ new Map(),
        retiresOld: /* @__PURE__ */ new Set(),
      },
      meta: /* @__PURE__ */ new Map(),
      confirmedRisky: new Set(values.keys()),
      restoredFrom: from,
    });
  },
  settle: async (ctx, intent, saved2) => await settleSave(ctx, intent, saved2),
  recover: recoverSave,
});

// server/src/features/secrets/reveal.ts
var revealSecret = operation(routes["secrets.reveal"], {
  begin: async ({ tx, host, actor, environment: environment2, params, input, now, begin }) => {
    passDoor({ actor, now, reason: input.reason }, [environment2]);
    await refuseGone(tx, environment2.id, input.revision ?? null);
    await countAttempt(tx, host.dialect, {
      id: host.random.id(),
      subject: `reveal:${actor.id}`,
      most: 30,
      window: 6e4,
      now,
    });
    return await begin(
      {
        action: "secrets.reveal",
        details: {
          key: params.key,
          revision: input.revision ?? "newest",
          ...(input.reason === void 0 ? {} : { reason: input.reason }),
        },
      },
      { key: params.key, environment: environment2.id },
    );
  },
  effect: async ({ host, app: app2, environment: environment2, input }, { key: key2 }) => {
    const store = storeOf(host, app2, environment2);
    const manifest =
      input.revision === void 0
        ? await newestManifest(host.db, { host, app: app2, environment: environment2 }, { store })
        : await store.manifest({ at: input.revision });
    if (manifest === null && input.revision !== void 0) {
      throw new KeyrollError("revision_gone", `Revision ${input.revision} cannot be read.`, {
        field: "revision",
        actual: input.revision,
      });
    }
    if (manifest?.entries.has(key2) !== true)
      throw new KeyrollError("not_found", `\`${key2}\` is not saved.`, { key: key2 });
    return { value: (await store.read(manifest.revision, [key2])).get(key2), revision: manifest.revision };
  },
  settle: async ({ commit }, { key: key2 }, { value: value2, revision: revision2 }) =>
    await commit(null, { key: key2, value: typedReply(value2), revision: revision2 }),
  recover: "nothing-to-recover",
});

// server/src/features/secrets/search.ts
import { sql as sql5 } from "kysely";
var ranks = [0, 1, 2];
var cursorOf = ({ rank, environmentId, key: key2 }) => `${rank}/${environmentId}/${key2}`;
var placeOf5 = (cursor) => {
  const [, digit, environmentId, key2] = /^([012])\/([^/]+)\/(.+)$/u.exec(cursor) ?? [];
  const rank = ranks.find((one) => String(one) === digit);
  if (rank === void 0 || environmentId === void 0 || key2 === void 0)
    throw new KeyrollError("bad_request", "The cursor is not one that a search gave.", { field: "query.cursor" });
  return { rank, environmentId, key: key2 };
};
var literal2 = (text4) => text4.replaceAll(/[\\%_]/gu, (sign2) => `\\${sign2}`);
var ranked = async (db, text4, rank, after, limit) => {
  const folded = sql5.ref("secret_keys.folded");
  const begins = `${literal2(text4)}%`;
  const matches = [
    sql5`${folded} = ${text4}`,
    sql5`${folded} like ${begins} escape '\\' and ${folded} <> ${text4}`,
    sql5`${folded} like ${`_%${begins}`} escape '\\' and ${folded} not like ${begins} escape '\\'`,
  ];
  let rows = db
    .selectFrom("secret_keys")
    .select(["environment_id as environmentId", "key", "revision"])
    .where(matches[rank]);
  if (after !== null)
    rows = rows.where(sql5`(folded, environment_id, key) > (${fold(after.key)}, ${after.environmentId}, ${after.key})`);
  const found = await rows.orderBy("folded").orderBy("environment_id").orderBy("key").limit(limit).execute();
  return found.map((row) => ({ ...row, rank }));
};
var searchKeys = query(routes["search.keys"], async ({ db, query: asked }) => {
  const after = asked.cursor === void 0 ? null : placeOf5(asked.cursor);
  const found = [];
  for (const rank of ranks) {
    if (rank < (after?.rank ?? 0)) continue;
    const from = rank === after?.rank ? after : null;
    found.push(...(await ranked(db, fold(asked.key), rank, from, asked.limit + 1 - found.length)));
    if (found.length > asked.limit) break;
  }
  const { items, next } = cut(found, asked.limit, cursorOf);
  const ids = [...new Set(items.map((item) => item.environmentId))];
  if (ids.length === 0) return { items: [], next };
  const [places, authors, live] = await Promise.all([
    db
      .selectFrom("environments")
      .innerJoin("apps", "apps.id", "environments.app_id")
      .select(["environments.id", "environments.name as env", "environments.kind", "apps.name as app"])
      .where("environments.id", "in", ids)
      .execute(),
    db
      .selectFrom("revisions")
      .select(["environment_id", "revision", "author", "at"])
      .where("environment_id", "in", ids)
      .where("revision", "in", [...new Set(items.map((item) => item.revision))])
      .execute(),
    Promise.all(ids.map(async (id4) => [id4, await liveOf3(db, id4)])),
  ]);
  const placeById = new Map(places.map((place3) => [place3.id, place3]));
  const liveById = new Map(live);
  const authorOf = new Map(authors.map((row) => [`${row.environment_id}/${row.revision}`, row]));
  return {
    items: items.flatMap(({ key: key2, environmentId, revision: revision2 }) => {
      const place3 = placeById.get(environmentId);
      const by = authorOf.get(`${environmentId}/${revision2}`);
      const now = liveById.get(environmentId);
      if (place3 === void 0 || by === void 0 || now === void 0) return [];
      const { app: app2, env } = place3;
      return [
        {
          key: key2,
          app: app2,
          env,
          kind: place3.kind === "production" ? "production" : "sandbox",
          revision: revision2,
          state: stateOf4(revision2, now),
          changedAt: by.at,
          changedBy: by.author,
        },
      ];
    }),
    next,
  };
});

// server/src/features/values/yaml.ts
import { LineCounter, parseDocument as parseDocument6 } from "yaml";
var readValuesText = (text4) => {
  const lines = new LineCounter();
  const document = parseDocument6(text4, { lineCounter: lines, version: "1.1", merge: true, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== void 0) {
    const { line } = lines.linePos(error.pos[0]);
    throw new KeyrollError("invalid", `The Helm values are not YAML: line ${line} (${error.code}).`, {
      field: "text",
      actual: line,
      changed: false,
    });
  }
  const value2 = document.toJS({ maxAliasCount: 100 });
  if (value2 === null || value2 === void 0) return {};
  if (typeof value2 !== "object" || Array.isArray(value2)) {
    throw new KeyrollError("invalid", "The Helm values must be a map at the top.", { field: "text", changed: false });
  }
  return { ...value2 };
};

// server/src/features/values/put.ts
var putValues = mutation(
  routes["values.put"],
  async ({ tx, environment: environment2, actor, input, ifMatch, now, commit }) => {
    readValuesText(input.text);
    const newest = await tx
      .selectFrom("helm_values")
      .select((e) => e.fn.max("version").as("version"))
      .where("environment_id", "=", environment2.id)
      .executeTakeFirst();
    const version4 = newest?.version ?? 0;
    if (version4 !== ifMatch) {
      throw new KeyrollError(
        "revision_conflict",
        `The Helm values are at version ${version4}; yours are based on ${ifMatch}.`,
        {
          field: "If-Match",
          limit: version4,
          actual: ifMatch,
          next: "Read the newest version and save again.",
          changed: false,
        },
      );
    }
    await tx
      .insertInto("helm_values")
      .values({
        environment_id: environment2.id,
        version: version4 + 1,
        text: input.text,
        saved_at: now,
        saved_by: actor.name,
      })
      .execute();
    return await commit(
      { action: "values.put", details: { version: version4 + 1, bytes: input.text.length } },
      {
        version: version4 + 1,
        text: input.text,
        savedAt: now,
        savedBy: actor.name,
        warnings: secretLooking(input.text),
      },
    );
  },
);

// server/src/features/values/read.ts
import { sql as sql6 } from "kysely";
var getValues = query(routes["values.get"], async ({ db, environment: environment2, query: { version: version4 } }) => {
  let rows = db.selectFrom("helm_values").selectAll().where("environment_id", "=", environment2.id);
  if (version4 !== void 0) rows = rows.where("version", "=", version4);
  const row = await rows.orderBy("version", "desc").limit(1).executeTakeFirst();
  if (row === void 0 && version4 !== void 0) {
    throw new KeyrollError("not_found", `The Helm values have no version ${version4}.`, {
      field: "query.version",
      actual: version4,
      next: "Ask without a version for the newest, or at values/history for all.",
    });
  }
  if (row === void 0) return { version: 0, text: "", savedAt: null, savedBy: null, warnings: [] };
  return {
    version: row.version,
    text: row.text,
    savedAt: row.saved_at,
    savedBy: row.saved_by,
    warnings: secretLooking(row.text),
  };
});
var listValuesHistory = query(routes["values.history"], async ({ db, environment: environment2, query: page3 }) => {
  const start2 = startOf(page3.cursor);
  let rows = db
    .selectFrom("helm_values")
    .select(["version", "saved_at", "saved_by", sql6`octet_length(text)`.as("bytes")])
    .where("environment_id", "=", environment2.id);
  if (start2 !== null) rows = rows.where("version", "<", Number(start2) || 0);
  const found = await rows
    .orderBy("version", "desc")
    .limit(page3.limit + 1)
    .execute();
  const { items, next } = cut(found, page3.limit, (row) => String(row.version));
  return {
    items: items.map((row) => ({
      version: row.version,
      bytes: row.bytes,
      savedAt: row.saved_at,
      savedBy: row.saved_by,
    })),
    next,
  };
});

// server/src/features/index.ts
var verbs2 = {
  "access.setup": setup,
  "access.login": login2,
  "access.logout": logout,
  "access.me": me,
  "access.confirm": confirmPassword,
  "access.password": changePassword,
  "sessions.list": listSessions,
  "sessions.end": endSession,
  "access.device": device,
  "access.deviceToken": deviceToken,
  "access.deviceConfirm": deviceConfirm,
  "tokens.list": listTokens,
  "tokens.create": createToken,
  "tokens.revoke": revokeToken,
  "members.list": listMembers,
  "audit.list": listAudit,
  "apps.list": listApps,
  "apps.create": createApp,
  "apps.get": getApp,
  "apps.update": updateApp,
  "apps.remove": removeApp,
  "releases.list": listReleases,
  "releases.push": pushRelease,
  "releases.get": getRelease,
  "releases.remove": removeRelease,
  "connections.list": listConnections,
  "connections.create": createConnection,
  "connections.get": getConnection,
  "connections.update": updateConnection,
  "connections.remove": removeConnection,
  "connections.check": checkConnection,
  "connections.policies": listPolicies,
  "connections.found": findRunning,
  "stores.list": listStores,
  "targets.list": listTargets,
  "environments.list": listEnvironments,
  "environments.create": createEnvironment,
  "environments.get": getEnvironment,
  "environments.update": updateEnvironment,
  "environments.remove": removeEnvironment,
  "environments.moveStore": moveStore,
  "environments.moveBack": moveBack,
  "environments.dropOldStore": dropOldStore,
  "values.get": getValues,
  "values.put": putValues,
  "values.history": listValuesHistory,
  "secrets.list": listSecrets,
  "secrets.change": changeSecrets,
  "secrets.plan": planSecrets,
  "secrets.import": importSecrets,
  "secrets.reveal": revealSecret,
  "secrets.history": listKeyHistory,
  "secrets.fill": fillSecrets,
  "secrets.compare": compareSecrets,
  "secrets.bundle": bundleSecrets,
  "drift.list": listDrift,
  "drift.resolve": resolveDrift,
  "search.keys": searchKeys,
  "revisions.list": listRevisions,
  "revisions.get": getRevision,
  "revisions.restore": restoreRevision,
  "operations.get": getOperation,
  "operations.cancel": cancelOperation,
  "preflight.run": runPreflight,
  "deployments.list": listDeployments,
  "deployments.request": requestDeployment,
  "deployments.get": getDeployment,
  "deployments.cancel": cancelDeployment,
  "deployments.undo": undoDeployment,
  "status.get": getStatus,
  "status.list": listStatus,
  "events.stream": streamEvents,
  "instances.report": reportInstance,
  "instances.remove": removeInstance,
};
var recoverable = new Map(
  [changeSecrets, restoreRevision, importSecrets, fillSecrets, resolveDrift, moveStore].map((verb) => [
    `${verb.route.method} ${verb.route.path}`,
    verb,
  ]),
);

// server/src/features/presence.ts
var lasts2 = 15e3;
var every5 = 4e3;
var presenceOf = (instance2) => `server:${instance2}`;
var startPresence = async (host) => {
  const scope2 = presenceOf(host.instance);
  const ended = new AbortController();
  let lease = await acquireLease(host, scope2, host.instance, lasts2);
  const speak = async () => {
    while (!ended.signal.aborted) {
      await host.clock.sleep(every5, ended.signal).catch(() => void 0);
      if (ended.signal.aborted) return;
      try {
        if (lease === null) lease = await acquireLease(host, scope2, host.instance, lasts2);
        else await renewLease(host, lease, lasts2);
      } catch (error) {
        lease = null;
        host.log.warn({ error: error instanceof Error ? error.name : "?" }, "this server could not say that it lives");
      }
    }
  };
  const speaking = speak();
  return {
    end: async () => {
      ended.abort();
      await speaking;
    },
  };
};

// server/src/features/recover.ts
var sweepEvery2 = 5e3;
var forgetAfter = 24 * 36e5;
var startRecovery = (host) => {
  host.jobs.every("recover", sweepEvery2, async (signal2) => await recoverOperations(host, signal2));
};
var recoverOperations = async (host, signal2) => {
  const rows = await host.db
    .selectFrom("operations")
    .selectAll()
    .where("settled_at", "is", null)
    .where("holder", "!=", host.instance)
    .orderBy("begun_at")
    .execute();
  const living = await heldScopes(
    host,
    rows.map(({ holder }) => presenceOf(holder)),
  );
  for (const row of rows) {
    if (signal2.aborted) return;
    if (living.has(presenceOf(row.holder)) || !(await take(host, row.id, row.holder, host.instance))) continue;
    const verb = recoverable.get(row.route);
    try {
      const outcome =
        verb === void 0
          ? "nothing to recover"
          : await verb.recover(host, {
              id: row.id,
              environmentId: row.environment_id,
              intent: JSON.parse(row.intent),
              begunAt: row.begun_at,
            });
      await host.db
        .updateTable("operations")
        .set({ settled_at: host.clock.now(), outcome })
        .where("id", "=", row.id)
        .where("holder", "=", host.instance)
        .execute();
      host.log.warn({ operation: row.id, route: row.route, outcome }, "recovered an operation that was cut off");
    } catch (error) {
      await take(host, row.id, host.instance, row.holder);
      host.log.error(
        { operation: row.id, route: row.route, error: error instanceof Error ? error.name : "?" },
        "an operation that was cut off could not be recovered yet",
      );
    }
  }
  await host.db
    .deleteFrom("leases")
    .where("scope", "like", presenceOf("%"))
    .where("expires_at", "<", host.clock.now() - forgetAfter)
    .execute();
};
var take = async (host, id4, from, to) => {
  const done = await host.db
    .updateTable("operations")
    .set({ holder: to })
    .where("id", "=", id4)
    .where("holder", "=", from)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
};

// server/src/features/secrets/kept.ts
var retained = { revisions: 20, days: 30 };
var day4 = 24 * 36e5;
var readableRows = async (db, id4) =>
  await db
    .selectFrom("revisions")
    .select(["revision", "at"])
    .where("environment_id", "=", id4)
    .where("readable", "=", 1)
    .orderBy("revision", "desc")
    .execute();
var keptOf = async (clock2, db, id4, revisions) => {
  const youngest = clock2.now() - retained.days * day4;
  const kept3 = revisions.filter(({ at: at3 }, index) => index < retained.revisions || at3 > youngest);
  const needed = await neededRevisions(db, id4);
  return /* @__PURE__ */ new Set([...kept3.map(({ revision: revision2 }) => revision2), ...needed]);
};

// server/src/features/secrets/prune.ts
var leaseLasts4 = 18e4;
var meanwhile = 1e3;
var pruneEnvironment = async (host, id4, lease, signal2) => {
  const environment2 = await environmentById(host.db, id4);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (environment2 === null || app2 === null) return true;
  const { transactional } = host.stores.kind(environment2.storeKind).capabilities;
  const store = storeOf(host, app2, environment2);
  const there2 = transactional ? null : await store.revisions({ limit: 1e5 });
  const keep2 = await host.db.transaction().execute(async (tx) => {
    await tx
      .updateTable("environments")
      .set((e) => ({ deployment_seq: e.ref("deployment_seq") }))
      .where("id", "=", id4)
      .execute();
    await requireLease(host, tx, lease);
    const inScope = storeOf(host, app2, environment2, tx);
    const found = there2 ?? (await inScope.revisions({ limit: 1e5 }));
    const known4 = new Map([...(await readableRows(tx, id4)), ...found].map((one) => [one.revision, one]));
    const kept3 = await keptOf(
      host.clock,
      tx,
      id4,
      [...known4.values()].toSorted((a, b) => b.revision - a.revision),
    );
    await markGone(host, tx, { app: app2, environment: environment2 }, found, kept3);
    if (transactional) await inScope.upkeep.prune(kept3, lease.fence);
    const newest = found[0]?.revision ?? 0;
    return /* @__PURE__ */ new Set([...kept3, ...Array.from({ length: meanwhile }, (_2, i) => newest + 1 + i)]);
  });
  if (transactional) return true;
  while (!signal2.aborted) {
    await renewLease(host, lease, leaseLasts4);
    if (!(await store.upkeep.prune(keep2, lease.fence)).more) break;
  }
  const left = await store.revisions({ limit: 1e5 });
  return !signal2.aborted && !left.some(({ revision: revision2, readable }) => readable && !keep2.has(revision2));
};
var markGone = async (host, tx, subject, there2, kept3) => {
  const [newest, oldest] = [there2[0]?.revision ?? 0, there2.at(-1)?.revision ?? 0];
  const worn = new Set(there2.filter(({ readable }) => !readable).map(({ revision: revision2 }) => revision2));
  const rows = (await readableRows(tx, subject.environment.id)).map(({ revision: revision2 }) => revision2);
  const gone2 = rows.filter((one) => one < newest && (one < oldest || worn.has(one) || !kept3.has(one)));
  if (gone2.length === 0) return;
  await tx
    .updateTable("revisions")
    .set({ readable: 0 })
    .where("environment_id", "=", subject.environment.id)
    .where("revision", "in", gone2)
    .execute();
  await tx
    .updateTable("retention")
    .set({ unfinished: 1 })
    .where("environment_id", "=", subject.environment.id)
    .execute();
  const actor = system("retention");
  const details2 = { revisions: gone2.toSorted((a, b) => a - b), left: rows.length - gone2.length };
  await writeAudit(tx, host, actor, null, subject, { action: "secrets.prune", details: details2 });
};

// server/src/features/secrets/retention.ts
var sweepEvery3 = 15e3;
var pause3 = 36e5;
var page2 = 50;
var startRetention = (host) => {
  host.jobs.every("retention", sweepEvery3, async (signal2) => await sweepRetention(host, signal2));
};
var sweepRetention = async (host, signal2) => {
  const began = host.clock.now();
  for (;;) {
    const due = await host.db
      .selectFrom("retention")
      .select(["environment_id", "due_at", "unfinished"])
      .where("due_at", "<=", began)
      .orderBy("due_at")
      .limit(page2)
      .execute();
    if (due.length === 0) return;
    for (const { environment_id: id4, due_at: dueAt, unfinished } of due) {
      if (signal2.aborted) return;
      try {
        await retain(host, id4, { dueAt: dueAt ?? 0, isUnfinished: unfinished === 1 }, signal2);
      } catch (error) {
        if (signal2.aborted) return;
        await setDue(host.db, id4, host.clock.now() + pause3);
        host.log.error(
          { environment: id4, error: error instanceof KeyrollError ? error.code : "internal" },
          "old values could not be removed yet",
        );
      }
    }
  }
};
var retain = async (host, id4, { dueAt, isUnfinished }, signal2) => {
  const seen = await readableRows(host.db, id4);
  const kept3 = await keptOf(host.clock, host.db, id4, seen);
  const { transactional, revisionsKept } = host.stores.kind(
    (await environmentById(host.db, id4))?.storeKind ?? "local",
  ).capabilities;
  const isOver = !transactional && revisionsKept !== null && seen.length > revisionsKept;
  if (!isOver && !isUnfinished && seen.every(({ revision: revision2 }) => kept3.has(revision2))) {
    await settle2(host, id4, seen, kept3, dueAt);
    return;
  }
  const lease = await acquireLease(host, `retention:${id4}`, host.instance, leaseLasts4);
  if (lease === null) {
    await setDue(host.db, id4, host.clock.now() + leaseLasts4);
    return;
  }
  try {
    const isDone = await pruneEnvironment(host, id4, lease, signal2);
    if (signal2.aborted) return;
    const rows = await readableRows(host.db, id4);
    if (isDone) await settle2(host, id4, rows, await keptOf(host.clock, host.db, id4, rows), dueAt);
    else await setDue(host.db, id4, host.clock.now() + day4);
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    await setDue(host.db, id4, host.clock.now() + leaseLasts4);
    host.log.warn({ environment: id4 }, "another worker removes old values of this environment");
  } finally {
    await releaseLease(host, lease);
  }
};
var settle2 = async (host, id4, rows, kept3, dueAt) => {
  const now = host.clock.now();
  const beyond = rows.slice(retained.revisions).filter(({ revision: revision2 }) => kept3.has(revision2));
  const times = beyond.map(({ at: at3 }) => Math.max(at3 + retained.days * day4 + 1, now + day4));
  await host.db
    .updateTable("retention")
    .set({ due_at: times.length === 0 ? null : Math.min(...times), unfinished: 0 })
    .where("environment_id", "=", id4)
    .where("due_at", "=", dueAt)
    .execute();
};

// server/src/features/secrets/tidy.ts
var sweepEvery4 = 15e3;
var rest = 1e4;
var pause4 = 5 * 6e4;
var skew = 5e3;
var most9 = 200;
var startTidying = (host) => {
  const notBefore = /* @__PURE__ */ new Map();
  host.jobs.every("tidy", sweepEvery4, async (signal2) => {
    for (const [id4, spans] of await failed(host)) {
      if (signal2.aborted) return;
      if ((notBefore.get(id4) ?? 0) > host.clock.now()) continue;
      notBefore.delete(id4);
      try {
        if (await tidyEnvironment(host, id4, spans, signal2)) await markTidied(host, id4, spans);
      } catch (error) {
        if (signal2.aborted) return;
        notBefore.set(id4, host.clock.now() + pause4);
        host.log.warn(
          { environment: id4, error: error instanceof KeyrollError ? error.code : "internal" },
          "what a failed save left in its store could not be put back yet",
        );
      }
    }
  });
};
var failed = async (host) => {
  const rows = await host.db
    .selectFrom("operations")
    .select(["environment_id", "begun_at", "settled_at"])
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .where("settled_at", "<=", host.clock.now() - rest)
    .orderBy("settled_at")
    .limit(most9)
    .execute();
  const spans = /* @__PURE__ */ new Map();
  for (const { environment_id: id4, begun_at: from, settled_at: to } of rows)
    spans.set(id4 ?? "", [...(spans.get(id4 ?? "") ?? []), { from, to: to ?? from }]);
  return spans;
};
var markTidied = async (host, id4, spans) => {
  await host.db
    .updateTable("operations")
    .set({ tidied_at: host.clock.now() })
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .where("settled_at", "<=", Math.max(...spans.map(({ to }) => to)))
    .where((e) => (id4 === "" ? e("environment_id", "is", null) : e("environment_id", "=", id4)))
    .execute();
};
var tidyEnvironment = async (host, id4, spans, signal2) => {
  const environment2 = id4 === "" ? null : await environmentById(host.db, id4);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (environment2 === null || app2 === null) return true;
  if (!host.stores.kind(environment2.storeKind).capabilities.plainReaders) return true;
  const where = { host, app: app2, environment: environment2 };
  const store = storeOf(host, app2, environment2);
  const newest = await newestManifest(host.db, where, { store });
  const left = await findDrift(host.db, where, store, { authors: true, own: null }).catch((error) => {
    if (error instanceof KeyrollError && error.code === "in_use") return null;
    throw error;
  });
  if (left === null) return false;
  const keys2 = left.filter((drift2) => isLeftBy(spans, drift2)).map(({ key: key2 }) => key2);
  if (keys2.length === 0 || newest === null) return true;
  await resolveDrift.run(host, {
    actor: system("after a save that failed"),
    params: { app: app2.name, env: environment2.name },
    query: {},
    input: {
      action: "overwrite",
      keys: keys2,
      message: `Put back after a save that failed: ${keys2.length > 5 ? count(keys2.length, "key") : keys2.join(", ")}`,
    },
    ifMatch: newest.revision,
    idempotencyKey: null,
    requestId: null,
    address: null,
    signal: signal2,
  });
  return false;
};
var isLeftBy = (spans, { kind: kind2, ours, at: at3, savedIn }) =>
  kind2 === "changed" &&
  ours &&
  savedIn !== null &&
  at3 !== null &&
  spans.some(({ from, to }) => at3 >= from - skew && at3 <= to + skew);

// server/src/features/secrets/revert-drift.ts
var revertEvery = 6e4;
var startRevertingDrift = (host) => host.jobs.on(revertDrift, async (id4, signal2) => await revert(host, id4, signal2));
var revert = async (host, id4, signal2) => {
  const environment2 = await environmentById(host.db, id4);
  const app2 = environment2 === null ? null : await appById(host.db, environment2.appId);
  if (environment2 === null || app2 === null || environment2.isMoving) return;
  const { settings: settings9 } = environment2;
  const now = host.clock.now();
  const known4 = await knownDrift(host.db, id4);
  const found = openEntries(known4).filter(({ place: place3 }) => place3 === "cluster");
  if (found.length === 0 || settings9.drift !== "revert" || isPaused(settings9, now)) return;
  if (known4.revertedAt !== null && known4.revertedAt > now - revertEvery) return;
  try {
    await resolveDrift.run(host, {
      actor: system("drift is put back"),
      params: { app: app2.name, env: environment2.name },
      query: {},
      input: { action: "overwrite", place: "cluster", keys: [] },
      ifMatch: await recordedRevision(host.db, id4),
      idempotencyKey: null,
      requestId: null,
      address: null,
      signal: signal2,
    });
  } catch (error) {
    if (signal2.aborted) return;
    const code = error instanceof KeyrollError ? error.code : "internal";
    if (code !== "deployment_running") host.log.warn({ environment: id4, error: code }, "drift could not be put back");
  }
};

// contract/src/openapi.ts
import { z as z55 } from "zod";
var problem = {
  type: "object",
  required: ["type", "title", "status", "detail", "code", "next", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: Object.keys(errorTable) },
    field: { type: "string" },
    key: { type: "string" },
    keys: { type: "array", items: { type: "string" } },
    limit: { type: ["string", "number"] },
    actual: { type: ["string", "number"] },
    next: { type: "string" },
    requestId: { type: "string" },
    changed: { type: "boolean", description: "whether anything was changed before the error" },
    problems: { type: "array", items: { type: "object" } },
  },
};
var isRecord2 = (value2) => typeof value2 === "object" && value2 !== null;
var schemaOf = (type, io) => {
  const { $schema: _2, ...schema } = z55.toJSONSchema(type, { io, target: "draft-2020-12", unrepresentable: "any" });
  return schema;
};
var queryParameters = (spec2) => {
  if (spec2.query === void 0) return [];
  const schema = schemaOf(spec2.query, "input");
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(isRecord2(schema["properties"]) ? schema["properties"] : {}).map(([name3, inner]) => ({
    name: name3,
    in: "query",
    required: required.includes(name3),
    schema: inner,
  }));
};
var errorsOf2 = (spec2) => [
  "bad_request",
  ...(spec2.permission === "none" ? [] : ["not_signed_in", "not_allowed"]),
  ...(spec2.path.includes("{") ? ["not_found"] : []),
  ...(spec2.ifMatch ? ["precondition_required"] : []),
  ...(spec2.input === void 0 ? [] : ["invalid", "body_too_large", "unsupported_media_type"]),
  ...(spec2.errors ?? []),
];
var responses = (spec2) => {
  const success = {
    description: "Done",
    ...(spec2.etag === void 0
      ? {}
      : { headers: { ETag: { schema: { type: "string" }, description: `"${spec2.etag}"` } } }),
    content: {
      [spec2.stream ? "text/event-stream" : "application/json"]: { schema: schemaOf(spec2.output, "output") },
    },
  };
  const byStatus = /* @__PURE__ */ new Map();
  for (const code of new Set(errorsOf2(spec2))) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const failures = [...byStatus].map(([status, codes3]) => [
    String(status),
    {
      description: codes3.map((code) => `${code}: ${errorTable[code].title}`).join("; "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  const later = [
    "202",
    {
      description: "It lasts longer than a second: follow the operation",
      content: { "application/json": { schema: schemaOf(accepted, "output") } },
    },
  ];
  const answers2 = [[String(spec2.status ?? 200), success], ...(spec2.progress ? [later] : []), ...failures];
  return Object.fromEntries(answers2);
};
var operation2 = (id4, spec2) => ({
  operationId: id4,
  summary: spec2.summary,
  tags: [id4.split(".")[0]],
  "x-permission": spec2.permission,
  security: spec2.permission === "none" ? [] : [{ token: [] }, { session: [] }],
  parameters: [
    ...[...spec2.path.matchAll(/\{(\w+)\}/gu)].map(([, name3]) => ({
      name: name3,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...queryParameters(spec2),
    ...(spec2.ifMatch ? [{ name: "If-Match", in: "header", required: true, schema: { type: "string" } }] : []),
  ],
  ...(spec2.input === void 0
    ? {}
    : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(spec2.input, "input") } } } }),
  responses: responses(spec2),
});
var openapi = (version4) => {
  const paths = /* @__PURE__ */ new Map();
  for (const [id4, spec2] of Object.entries(routes)) {
    const path4 = apiBase + spec2.path;
    paths.set(path4, { ...paths.get(path4), [spec2.method.toLowerCase()]: operation2(id4, spec2) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Keyroll",
      version: version4,
      description: "The secrets of an app environment, and the truth about which value runs where.",
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "__Host-keyroll" },
      },
    },
  };
};

// server/src/http/app.ts
import { Hono } from "hono";

// server/src/http/body.ts
var bytesIn = (body) => body;
var drained = 4;
var readBody = async (request, limit) => {
  const type = request.headers.get("content-type") ?? "";
  const tooLarge2 = () =>
    new KeyrollError("body_too_large", `The body is larger than ${limit} bytes.`, { limit, changed: false });
  if (request.body === null || request.headers.get("content-length") === "0") return {};
  if (!/^application\/json\s*(;|$)/iu.test(type))
    throw new KeyrollError("unsupported_media_type", "The body must be application/json.");
  if (Number(request.headers.get("content-length") ?? 0) > drained * limit) throw tooLarge2();
  const parts2 = [];
  let size = 0;
  for await (const part of bytesIn(request.body)) {
    size += part.byteLength;
    if (size > drained * limit) throw tooLarge2();
    if (size <= limit) parts2.push(part);
  }
  if (size > limit) throw tooLarge2();
  const bytes = new Uint8Array(size);
  let at3 = 0;
  for (const part of parts2) {
    bytes.set(part, at3);
    at3 += part.byteLength;
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new KeyrollError("bad_request", "The body is not JSON in UTF-8.", { changed: false });
  }
};

// server/src/http/cookie.ts
var nameFor = (publicUrl) => (publicUrl.startsWith("https:") ? "__Host-keyroll" : "keyroll");
var attributes = (publicUrl) => `Path=/; HttpOnly; SameSite=Strict${publicUrl.startsWith("https:") ? "; Secure" : ""}`;
var sessionCookie = (publicUrl, session2, now) =>
  `${nameFor(publicUrl)}=${session2.text}; Max-Age=${Math.floor((session2.expires - now) / 1e3)}; ${attributes(publicUrl)}`;
var endCookie = (publicUrl) => `${nameFor(publicUrl)}=; Max-Age=0; ${attributes(publicUrl)}`;
var cookieOf = (header) => {
  for (const part of (header ?? "").split(";")) {
    const [name3, text4] = part.trim().split("=", 2);
    if ((name3 === "__Host-keyroll" || name3 === "keyroll") && text4 !== void 0 && /^krs_[a-z0-9]{40}$/u.test(text4))
      return text4;
  }
  return null;
};

// server/src/http/events.ts
import { streamSSE } from "hono/streaming";
var lookEvery2 = 5e3;
var heartbeat = 15e3;
var recheck = 6e4;
var kept2 = 24 * 3600 * 1e3;
var atOnce3 = 200;
var streamJournal = async (host, verb, call4, c) => {
  const { result } = await verb.run(host, call4);
  const { environment: environment2 } = await loadSubject(verb.route.path, call4.params, host.db, () => true);
  if (environment2 === void 0) throw new KeyrollError("not_found", "There is no such environment.");
  const asked = c.req.header("last-event-id") ?? c.req.query("after");
  let after = asked !== void 0 && /^\d{1,15}$/u.test(asked) ? Number(asked) : lastOf2(result);
  return streamSSE(c, async (stream) => {
    let beat = host.clock.now();
    let checked = beat;
    const bell = createBell(host);
    const forget = host.changes.watch([`journal:${environment2.id}`, "access"], (topic) => {
      if (topic === "access") checked = 0;
      bell.ring();
    });
    stream.onAbort(() => bell.ring());
    try {
      const [first] = await readJournal(host.db, environment2.id, after, 1);
      if (first !== void 0 && first.at < beat - kept2) {
        after = lastOf2(result);
        await stream.writeSSE({ event: "reset", data: "{}", id: String(after) });
      }
      while (!stream.aborted && !stream.closed) {
        bell.hush();
        if (host.clock.now() - checked >= recheck) {
          checked = host.clock.now();
          if (!(await stillAllowed(host, verb.route, c))) return;
        }
        const rows = await readJournal(host.db, environment2.id, after, atOnce3);
        for (const row of rows) {
          await stream.writeSSE({ id: String(row.seq), event: "journal", data: JSON.stringify(row) });
          after = row.seq;
        }
        const now = host.clock.now();
        if (rows.length > 0) beat = now;
        if (now - beat >= heartbeat) {
          await stream.write(": still here\n\n");
          beat = now;
        }
        if (rows.length < atOnce3) await bell.wait(lookEvery2);
      }
    } finally {
      forget();
    }
  });
};
var createBell = (host) => {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    hush: () => {
      if (rung.signal.aborted) rung = new AbortController();
    },
    wait: async (ms) => await host.clock.sleep(ms, rung.signal).catch(() => void 0),
  };
};
var lastOf2 = (result) => {
  const seq = typeof result === "object" && result !== null ? Reflect.get(result, "seq") : void 0;
  return typeof seq === "number" ? seq : 0;
};
var stillAllowed = async (host, route2, c) => {
  const token3 = /^Bearer (\S+)$/u.exec(c.req.header("authorization") ?? "")?.[1];
  const cookie = cookieOf(c.req.header("cookie"));
  try {
    const actor = token3 === void 0 ? await actorOfSession(host, cookie ?? "") : await actorOfToken(host, token3);
    return isAllowed(actor, route2.permission);
  } catch {
    return false;
  }
};

// server/src/http/reply.ts
import { Buffer as Buffer37 } from "node:buffer";
var fieldOf = (result, name3) => (typeof result === "object" && result !== null ? Reflect.get(result, name3) : void 0);
var encodeReply = (result, route2) => {
  const shown = route2.reveals === true ? opened(result) : result;
  const tag = route2.etag === void 0 ? void 0 : fieldOf(result, route2.etag);
  return { body: JSON.stringify(shown), etag: typeof tag === "number" ? tag : null };
};
var opened = (value2) => {
  if (value2 instanceof Secret) {
    const bytes = Buffer37.from(value2.expose());
    return value2.binary ? { base64: bytes.toString("base64") } : bytes.toString("utf8");
  }
  if (Array.isArray(value2)) return value2.map(opened);
  if (value2 instanceof Map)
    return Object.fromEntries([...value2].map(([key2, inner]) => [String(key2), opened(inner)]));
  if (typeof value2 === "object" && value2 !== null)
    return Object.fromEntries(Object.entries(value2).map(([key2, inner]) => [key2, opened(inner)]));
  return value2;
};

// server/src/http/bind.ts
var kilo = 1024;
var bind = (host, id4, verb) => async (c) => {
  const { route: route2 } = verb;
  const actor = await actorOf(host, c);
  const limit = actor.kind === "anonymous" ? 16 * kilo : (route2.bodyLimit ?? 256 * kilo);
  const call4 = {
    actor,
    params: c.req.param(),
    query: c.req.query(),
    input: route2.input === void 0 ? void 0 : await readBody(c.req.raw, limit),
    ifMatch: ifMatchOf(c.req.header("if-match")),
    idempotencyKey: c.req.header("idempotency-key") ?? null,
    requestId: c.get("requestId"),
    address: c.env.incoming.socket.remoteAddress ?? null,
    signal: c.req.raw.signal,
  };
  if (route2.stream === true) return await streamJournal(host, verb, call4, c);
  const reply = await verb.run(host, call4);
  host.log.info({ requestId: call4.requestId, route: id4, actor: actor.id }, "done");
  return answer2(host, c, route2, reply);
};
var actorOf = async (host, c) => {
  const authorization = c.req.header("authorization");
  if (authorization !== void 0) {
    const [, token3] = /^Bearer (\S{1,300})$/u.exec(authorization) ?? [];
    if (token3 === void 0) throw new KeyrollError("not_signed_in", "The Authorization header is not `Bearer TOKEN`.");
    return await actorOfToken(host, token3);
  }
  const cookie = cookieOf(c.req.header("cookie"));
  return cookie === null ? anonymous : await actorOfSession(host, cookie);
};
var ifMatchOf = (header) => {
  if (header === void 0) return null;
  const [, number3] = /^(?:W\/)?"(\d{1,15})"$/u.exec(header.trim()) ?? [];
  if (number3 === void 0) {
    throw new KeyrollError("bad_request", 'If-Match is a revision in quotes, such as "41".', {
      field: "If-Match",
      changed: false,
    });
  }
  return Number(number3);
};
var answer2 = (host, c, route2, reply) => {
  const { body, etag } = encodeReply(reply.result, route2);
  if (reply.accepted === true)
    return c.body(body, { status: 202, headers: { "content-type": "application/json", "cache-control": "no-store" } });
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (etag !== null) headers.set("etag", `"${etag}"`);
  if (reply.session === "end") headers.append("set-cookie", endCookie(host.publicUrl));
  else if (reply.session !== null)
    headers.append("set-cookie", sessionCookie(host.publicUrl, reply.session, host.clock.now()));
  return c.body(body, { status: route2.status === 201 ? 201 : 200, headers: Object.fromEntries(headers) });
};

// server/src/http/assets.ts
var assets = (files2) => (c) => {
  if (files2 === null) return c.text("The console is not built: run `npm run build`.\n", 503);
  const file = files2.get(c.req.path);
  if (file !== void 0 && c.req.path !== "/index.html") {
    return c.body(file.content, 200, {
      "content-type": file.type,
      "cache-control": "public, max-age=31536000, immutable",
    });
  }
  const page3 = files2.get("/index.html");
  if (page3 === void 0 || c.req.path.startsWith("/assets/")) return c.notFound();
  return c.body(page3.content, 200, { "content-type": page3.type, "cache-control": "no-cache" });
};

// server/src/http/problem.ts
var requestIdOf = (c) => c.get("requestId");
var problem2 = (host, c, thrown) => {
  const requestId = requestIdOf(c);
  const error =
    thrown instanceof KeyrollError
      ? thrown
      : new KeyrollError("internal", "Something went wrong inside Keyroll.", { changed: false });
  if (error !== thrown) {
    const where =
      thrown instanceof Error
        ? (thrown.stack ?? "")
            .split("\n")
            .filter((line) => /^\s+at /u.test(line))
            .slice(0, 6)
        : [];
    host.log.error(
      { requestId, error: thrown instanceof Error ? thrown.name : typeof thrown, where },
      "unexpected error",
    );
  }
  const { retryAfter } = error.facts;
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (retryAfter !== void 0) headers["retry-after"] = String(Math.ceil(retryAfter));
  const isUnread = c.req.raw.body !== null && !c.req.raw.bodyUsed;
  if (isUnread || error.code === "body_too_large") headers["connection"] = "close";
  const body = { ...error.toProblem(), requestId };
  return new Response(JSON.stringify(body), { status: error.status, headers });
};

// server/src/http/guard.ts
var contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Text can become script at no place of the page, not even through a library: there is no policy that would let it.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
var loopback2 = /* @__PURE__ */ new Set(["localhost", "127.0.0.1", "[::1]"]);
var guard = (host) => {
  const ours = new URL(host.publicUrl);
  return async (c, next) => {
    c.set("requestId", host.random.id());
    const asked = hostOf(c.req.header("host"));
    const served =
      asked !== null &&
      (asked === ours.hostname || loopback2.has(asked) || c.req.path === "/healthz" || c.req.path === "/readyz");
    if (!served) return problem2(host, c, new KeyrollError("unknown_host", "This host name is not served here."));
    if (
      isForeignWrite(c.req.method, c.req.header("sec-fetch-site"), c.req.header("origin"), c.req.header("host") ?? "")
    ) {
      return problem2(host, c, new KeyrollError("cross_site", "A write from another site was refused."));
    }
    await next();
    const { headers } = c.res;
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-resource-policy", "same-origin");
    headers.set("x-request-id", c.get("requestId"));
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", contentPolicy);
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    if (ours.protocol === "https:") headers.set("strict-transport-security", "max-age=31536000");
    return void 0;
  };
};
var hostOf = (header) => {
  if (header === void 0 || !URL.canParse(`http://${header}`)) return null;
  return new URL(`http://${header}`).hostname;
};
var isForeignWrite = (method, site, origin, host) => {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  if (site !== void 0 && site !== "same-origin" && site !== "none") return true;
  if (origin === void 0) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
};

// server/src/http/metrics.ts
import { Counter, Gauge, Registry } from "prom-client";

// server/src/features/deployments/fleet/metrics.ts
var fresh2 = 5e3;
var batch4 = 500;
var states = ["never-saved", "not-deployed", "not-live", "rolling", "running", "stale", "unknown"];
var figures = [
  {
    name: "keyroll_instances",
    help: "Instances (containers, or processes of keyroll run) that use the secrets, as last seen.",
    together: "sum",
    of: ({ counts }) => sum(Object.values(counts)),
  },
  {
    name: "keyroll_stale_instances",
    help: "Those of them that are not proven to run the deployed revision.",
    together: "sum",
    of: ({ counts }) => sum(Object.values(counts)) - counts.current,
  },
  {
    name: "keyroll_drift",
    help: "1 when the Secret in the cluster is not as Keyroll wrote it, as last seen.",
    together: "sum",
    of: ({ drift: drift2 }) => Number(drift2),
  },
  {
    name: "keyroll_last_deployment_failed",
    help: "1 when the newest deployment failed.",
    together: "sum",
    of: ({ deployment: deployment3 }) => Number(deployment3?.state === "failed"),
  },
  {
    name: "keyroll_oldest_undeployed_change_seconds",
    help: "Age of the oldest saved change that no deployment has taken along; 0 when none waits.",
    together: "max",
    of: ({ waiting }, now) => (waiting === null ? 0 : seconds(now - waiting.at)),
  },
  {
    name: "keyroll_observation_age_seconds",
    help: "Time since the environment was last seen in its cluster; of one that never was, since its newest deployment.",
    together: "max",
    of: ({ type, observedAt, state, deployment: deployment3 }, now) => {
      const since = observedAt ?? (state === "unknown" ? (deployment3?.at ?? null) : null);
      return type === "process" || since === null ? null : seconds(now - since);
    },
  },
];
var sum = (values) => values.reduce((all, one) => all + one, 0);
var seconds = (ms) => Math.max(0, ms / 1e3);
var createFleetMetrics = (host) => {
  let last = null;
  const views2 = async () => {
    const now = host.clock.now();
    if (last === null || last.at + fresh2 <= now) {
      last = { at: now, views: allViews(host, now) };
      last.views.catch(() => (last = null));
    }
    return await last.views;
  };
  return async (names2) => {
    const all = await views2();
    const now = host.clock.now();
    return [
      {
        name: "keyroll_environments",
        help: "Environments by state.",
        kind: "gauge",
        samples: states.map((state) => ({
          labels: { state },
          value: all.filter((view) => view.state === state).length,
        })),
      },
      ...figures.map(({ name: name3, help, together, of }) => {
        const found = all.flatMap((view) => {
          const value3 = of(view, now);
          return value3 === null ? [] : [{ labels: { app: view.app, environment: view.env }, value: value3 }];
        });
        if (names2) return { name: name3, help, kind: "gauge", samples: found };
        const values = found.map(({ value: value3 }) => value3);
        const value2 = together === "sum" ? sum(values) : values.reduce((a, b) => Math.max(a, b), 0);
        return { name: name3, help, kind: "gauge", samples: [{ labels: {}, value: value2 }] };
      }),
      {
        name: "keyroll_look_seconds",
        help: "How long the newest whole look at a cluster lasted.",
        kind: "gauge",
        samples: await looks(host, names2),
      },
      {
        name: "keyroll_deployments_total",
        help: "Deployments that have ended, of the environments that there are, by how.",
        kind: "counter",
        samples: await endedDeployments(host),
      },
    ];
  };
};
var allViews = async (host, now) => {
  const views2 = [];
  let after = null;
  for (;;) {
    const facts3 = await fleetFacts(host.db, { after, limit: batch4 });
    for (const one of facts3) views2.push(await fleetView(host.db, one, now));
    after = facts3.at(-1)?.id ?? null;
    if (facts3.length < batch4) return views2;
  }
};
var looks = async (host, names2) => {
  const rows = await host.db
    .selectFrom("connection_looks as l")
    .innerJoin("connections as c", "c.id", "l.connection_id")
    .select(["c.name", "l.took"])
    .where("l.took", "is not", null)
    .execute();
  const found = rows.map(({ name: name3, took }) => ({ labels: { connection: name3 }, value: seconds(took ?? 0) }));
  if (names2) return found;
  return [{ labels: {}, value: found.reduce((most10, { value: value2 }) => Math.max(most10, value2), 0) }];
};
var endedDeployments = async (host) => {
  const rows = await host.db
    .selectFrom("deployment_runs")
    .select(["verdict", (e) => e.fn.countAll().as("n")])
    .where("state", "=", "done")
    .groupBy("verdict")
    .execute();
  const counts = new Map(rows.map(({ verdict, n }) => [verdict, n]));
  return ["running", "failed", "cancelled"].map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 }));
};

// server/src/http/metrics.ts
var add = (registry, { name: name3, help, kind: kind2, samples }) => {
  const options = { name: name3, help, labelNames: Object.keys(samples[0]?.labels ?? {}), registers: [registry] };
  if (kind2 === "counter") {
    const counter = new Counter(options);
    for (const { labels: labels2, value: value2 } of samples) counter.inc(labels2, value2);
  } else {
    const gauge = new Gauge(options);
    for (const { labels: labels2, value: value2 } of samples) gauge.set(labels2, value2);
  }
};
var metrics = (host, ofProcess) => {
  const fleet2 = createFleetMetrics(host);
  return async (c) => {
    const actor = await actorOf(host, c);
    const registry = new Registry();
    for (const metric of await fleet2(isAllowed(actor, "deployment:read"))) add(registry, metric);
    const body = (await ofProcess()) + (await registry.metrics());
    return c.text(body, 200, { "content-type": "text/plain; version=0.0.4" });
  };
};

// server/src/http/app.ts
var createApp2 = (options) => {
  const { host } = options;
  const app2 = new Hono();
  app2.use(guard(host));
  app2.onError((error, c) => problem2(host, c, error));
  const paths = /* @__PURE__ */ new Set();
  for (const [id4, verb] of Object.entries(options.verbs)) {
    const path4 = apiBase + verb.route.path.replaceAll(/\{(\w+)\}/gu, ":$1");
    paths.add(path4);
    app2.on(verb.route.method, path4, bind(host, id4, verb));
  }
  for (const path4 of paths) {
    app2.all(path4, (c) => {
      throw new KeyrollError("method_not_allowed", `${c.req.method} is not offered at ${c.req.path}.`);
    });
  }
  app2.all(`${apiBase}/*`, (c) => {
    throw new KeyrollError("not_found", `There is no route ${c.req.path}.`, { next: "See /openapi.json." });
  });
  let document = null;
  app2.get("/openapi.json", (c) => c.json((document ??= openapi(host.version))));
  app2.get("/healthz", (c) => c.text("ok\n"));
  app2.get("/readyz", async (c) => {
    await host.db.selectFrom("apps").select("id").limit(1).execute();
    return c.text(
      host.keys.problem === null
        ? "ready\n"
        : `ready (sealed: ${host.keys.problem})
`,
    );
  });
  app2.get("/metrics", metrics(host, options.metrics));
  app2.get("*", assets(options.console));
  app2.notFound((c) => problem2(host, c, new KeyrollError("not_found", `There is nothing at ${c.req.path}.`)));
  return app2;
};

// server/src/main.ts
var version3 = "0.1.0";
var rates = {
  "aws-ssm:put:": { perSecond: 3, burst: 19 },
  "aws-ssm:get:": { perSecond: 20, burst: 20 },
  "aws-ssm:history:": { perSecond: 5, burst: 10 },
  "aws-ssm:delete:": { perSecond: 4, burst: 4 },
};
var isLoopback = (host) => host === "localhost" || host === "::1" || host.startsWith("127.");
var types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};
var readConsole = async () => {
  const candidates = ["../console", "../../console/dist"].map((path4) =>
    fileURLToPath3(new URL(path4, import.meta.url)),
  );
  const folder3 = candidates.find((path4) => existsSync2(join5(path4, "index.html")));
  if (folder3 === void 0) return null;
  const files2 = (await readdir3(folder3, { recursive: true, withFileTypes: true })).filter((entry3) =>
    entry3.isFile(),
  );
  return new Map(
    await Promise.all(
      files2.map(async (entry3) => {
        const path4 = join5(entry3.parentPath, entry3.name);
        const content = new Uint8Array(await readFile8(path4));
        return [`/${relative(folder3, path4)}`, { type: types[extname(path4)] ?? "application/octet-stream", content }];
      }),
    ),
  );
};
var logTo = (level) => {
  const out = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (facts3, message) => out.info(facts3, message),
    warn: (facts3, message) => out.warn(facts3, message),
    error: (facts3, message) => out.error(facts3, message),
  };
};
var createJobs2 = async (database, log) => {
  const onError = (queue, error) =>
    log.error({ queue, error: error instanceof Error ? error.name : "?" }, "a job failed");
  if (database.dialect === "sqlite")
    return createJobs({ clock: systemClock, afterCommit: database.afterCommit, onError });
  const pgBoss = await import("./pg-boss-FSHNPEN4.js");
  return pgBoss.createJobs({
    url: database.url,
    clock: systemClock,
    onError,
    onWarning: (message) => log.warn({}, message),
  });
};
var start = async (config) => {
  await mkdir3(config.dataDir, { recursive: true, mode: 448 });
  const log = logTo(config.logLevel);
  const database = await openDatabase(config.databaseUrl ?? join5(config.dataDir, "keyroll.db"));
  const clock2 = systemClock;
  const random = createSystemRandom(clock2);
  const keys2 = await openMasterKey({
    file: config.masterKeyFile ?? join5(config.dataDir, "master.key"),
    // With PostgreSQL several servers share the data: each making its own key would split it.
    mayCreate: config.databaseUrl === null && config.masterKeyFile === null,
    witness: witness(database.db),
    random,
  });
  if (keys2.problem !== null) log.warn({}, `values can be neither read nor written: ${keys2.problem}`);
  const listensOnLoopback = isLoopback(config.listen.host);
  const egress = createEgress({ listensOnLoopback, allow: config.egressAllow });
  const jobs = await createJobs2(database, log);
  const registry = new Registry2();
  collectDefaultMetrics({ register: registry });
  const drivers = await createTargets({
    clock: clock2,
    random,
    egress,
    keys: keys2,
    workDir: join5(config.dataDir, "work"),
    helm: config.helm,
    path: config.path,
    inCluster: config.inCluster,
    etcd: config.etcd,
    variables: config.providerVariables,
    usesOf: (secretName2) => (pod) => podReferences(pod, { secretName: secretName2 }),
    secretNamesOf: secretNames,
  });
  const listening = createAdaptorServer({ fetch: (request, env) => app2.fetch(request, env) });
  await new Promise((resolve, reject) => {
    listening.once("error", reject);
    listening.listen(config.listen.port, config.listen.host, resolve);
  });
  const { port } = listening.address();
  const local2 = `http://${config.listen.host.includes(":") ? `[${config.listen.host}]` : config.listen.host}:${port}`;
  const host = {
    db: database.db,
    dialect: database.dialect,
    clock: clock2,
    random,
    egress,
    keys: keys2,
    pacer:
      database.dialect === "sqlite"
        ? createPacer({ clock: clock2, random, rates })
        : createPacer2({ clock: clock2, random, rates, buckets: createBuckets(database.db) }),
    variables: config.providerVariables,
    localRows: (environmentId) => localRows(database.db, environmentId),
    passwords: createPasswords(random),
    jobs,
    changes: database.changes,
    charts: drivers.charts,
    clusters: drivers.clusters,
    fleet: drivers.fleet,
    stores: createStores(),
    targets: drivers.targets,
    requestDeployment: async (tx, request) => await deployOnSave(() => host)(tx, request),
    instance: randomUUID(),
    version: version3,
    publicUrl: config.publicUrl ?? local2,
    log,
  };
  const app2 = createApp2({
    host,
    verbs: verbs2,
    console: await readConsole(),
    metrics: async () => await registry.metrics(),
  });
  if (config.bootstrapToken !== null) await acceptBootstrapToken(host, config.bootstrapToken);
  if (database.dialect === "sqlite")
    await database.db.updateTable("leases").set({ holder: "", expires_at: 0 }).execute();
  const presence = await startPresence(host);
  startRecovery(host);
  startWorker(host);
  startObserving(host);
  startRetention(host);
  startTidying(host);
  startRevertingDrift(host);
  await jobs.start();
  return {
    url: host.publicUrl,
    setupLink: await newSetupLink(host),
    stop: async () => {
      listening.close();
      if ("closeAllConnections" in listening) listening.closeAllConnections();
      await jobs.stop();
      await presence.end();
      await drivers.close();
      await database.close();
    },
  };
};
var main = async () => {
  const config = readConfig(process.env);
  for (const name3 of ["KEYROLL_BOOTSTRAP_TOKEN", "KEYROLL_DATABASE_URL", ...providerVariables])
    Reflect.deleteProperty(process.env, name3);
  const server = await start(config);
  process.stdout.write(`Keyroll is at ${server.url}
`);
  if (server.setupLink !== null)
    process.stdout.write(
      `Set up the first Administrator (this link works once, for an hour):
  ${server.setupLink}
`,
    );
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void server.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
};
try {
  await main();
} catch (error) {
  const known4 = error instanceof KeyrollError;
  process.stderr.write(
    known4
      ? `${error.message}
${error.next}
`
      : `Keyroll could not start: ${error instanceof Error ? error.message : "unknown error"}
`,
  );
  process.exit(known4 ? error.exit : 1);
}
//# sourceMappingURL=server.js.map
