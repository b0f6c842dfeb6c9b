import { z } from "zod";
import { errorTable, type ErrorCode } from "./errors.ts";
import { apiBase, routes } from "./index.ts";
import { accepted } from "./operations.ts";
import { idempotencyKey, takesIdempotencyKey, type RouteSpec } from "./route.ts";

const problem = {
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

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const schemaOf = (type: z.ZodType, io: "input" | "output"): Record<string, unknown> => {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, target: "draft-2020-12", unrepresentable: "any" });
  return schema;
};

const queryParameters = (spec: RouteSpec): unknown[] => {
  if (spec.query === undefined) return [];
  const schema = schemaOf(spec.query, "input");
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(isRecord(schema["properties"]) ? schema["properties"] : {}).map(([name, inner]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: inner,
  }));
};

const headerParameters = (spec: RouteSpec): unknown[] => [
  ...(spec.ifMatch ? [{ name: "If-Match", in: "header", required: true, schema: { type: "string" } }] : []),
  ...(takesIdempotencyKey(spec)
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          description:
            "A name of your choice for this request. Sent again under it within a day, it is not done again: the answer is that of the first time, or the operation that the first one has begun. A refusal leaves the name free.",
          schema: { type: "string", pattern: idempotencyKey.source },
        },
      ]
    : []),
];

const errorsOf = (spec: RouteSpec): ErrorCode[] => [
  "bad_request",
  ...(spec.permission === "none" ? [] : (["not_signed_in", "not_allowed"] as const)),
  ...(spec.path.includes("{") ? (["not_found"] as const) : []),
  ...(spec.ifMatch ? (["precondition_required"] as const) : []),
  ...(takesIdempotencyKey(spec) ? (["idempotency_mismatch"] as const) : []),
  ...(spec.input === undefined ? [] : (["invalid", "body_too_large", "unsupported_media_type"] as const)),
  ...(spec.errors ?? []),
];

const responses = (spec: RouteSpec): Record<string, unknown> => {
  const success = {
    description: "Done",
    ...(spec.etag === undefined
      ? {}
      : { headers: { ETag: { schema: { type: "string" }, description: `"${spec.etag}"` } } }),
    content: {
      [spec.stream ? "text/event-stream" : "application/json"]: { schema: schemaOf(spec.output, "output") },
    },
  };
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(errorsOf(spec))) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const failures = [...byStatus].map(([status, codes]): [string, unknown] => [
    String(status),
    {
      description: codes.map((code) => `${code}: ${errorTable[code].title}`).join("; "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]);
  const later: [string, unknown] = [
    "202",
    {
      description: "It lasts longer than a second: follow the operation",
      content: { "application/json": { schema: schemaOf(accepted, "output") } },
    },
  ];
  const answers: [string, unknown][] = [
    [String(spec.status ?? 200), success],
    ...(spec.progress ? [later] : []),
    ...failures,
  ];
  return Object.fromEntries(answers);
};

const operation = (id: string, spec: RouteSpec): unknown => ({
  operationId: id,
  summary: spec.summary,
  tags: [id.split(".")[0]],
  "x-permission": spec.permission,
  security: spec.permission === "none" ? [] : [{ token: [] }, { session: [] }],
  parameters: [
    ...[...spec.path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      schema: { type: "string" },
    })),
    ...queryParameters(spec),
    ...headerParameters(spec),
  ],
  ...(spec.input === undefined
    ? {}
    : { requestBody: { required: true, content: { "application/json": { schema: schemaOf(spec.input, "input") } } } }),
  responses: responses(spec),
});

/** The whole API as an OpenAPI 3.1 document, made from the route table. */
export const openapi = (version: string): Record<string, unknown> => {
  const paths = new Map<string, Record<string, unknown>>();
  for (const [id, spec] of Object.entries<RouteSpec>(routes)) {
    const path = apiBase + spec.path;
    paths.set(path, { ...paths.get(path), [spec.method.toLowerCase()]: operation(id, spec) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Keyroll",
      version,
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
