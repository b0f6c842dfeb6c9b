import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { routes } from "./index.ts";
import { openapi } from "./openapi.ts";

test("the document is valid OpenAPI 3.1 and holds every route", async () => {
  const document = openapi("0.0.0");
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  const ids = Object.values(document["paths"] as Record<string, Record<string, { operationId: string }>>)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => operation.operationId);
  expect(ids.toSorted()).toEqual(Object.keys(routes).toSorted());
});

test("no two routes share method and path, and parameters are well-formed", () => {
  const seen = new Set<string>();
  for (const route of Object.values(routes)) {
    const shape = `${route.method} ${route.path.replaceAll(/\{\w+\}/gu, "{}")}`;
    expect(seen.has(shape), shape).toBe(false);
    seen.add(shape);
    expect(route.path).toMatch(/^(\/(\{[a-z]+\}|[a-z]+))+$/u);
  }
});

test("a route that can answer with values says so", () => {
  expect(
    Object.entries(routes)
      .filter(([, route]) => "reveals" in route)
      .map(([id]) => id),
  ).toEqual(["secrets.reveal", "secrets.bundle"]);
});

test("what writes takes an Idempotency-Key, unless its answer is secret or nobody is known", () => {
  const paths = openapi("0.0.0")["paths"] as Record<string, Record<string, { operationId: string; parameters: any[] }>>;
  const taking = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ parameters }) => parameters.some(({ name }) => name === "Idempotency-Key"))
    .map(({ operationId }) => operationId);
  const without = ["secrets.list", "secrets.reveal", "secrets.bundle", "tokens.create", "access.login"];
  expect(taking.filter((id) => without.includes(id))).toEqual([]);
  expect(taking).toEqual(expect.arrayContaining(["secrets.change", "deployments.request", "apps.create"]));
});

test("what writes to the store of an environment says that it is refused while that moves", () => {
  const writing = ["secrets.change", "secrets.import", "secrets.fill", "revisions.restore", "drift.resolve"] as const;
  for (const id of writing) expect(routes[id].errors, id).toContain("in_use");
});
