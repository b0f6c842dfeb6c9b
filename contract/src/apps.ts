import { z } from "zod";
import { id, label, listOf, name, page, time, title } from "./fields.ts";
import { route } from "./route.ts";

const app = z.object({
  id,
  name: z.string(),
  title: z.string(),
  createdAt: time,
  environments: z.number().int(),
  releases: z.number().int(),
});

const release = z.object({
  id,
  chart: z.string(),
  version: z.string(),
  appVersion: z.string().nullable(),
  digest: z.string().describe("sha256 of the .tgz, hex"),
  bytes: z.number().int(),
  requires: z
    .array(z.string())
    .describe("keys that the chart says it needs: keyroll.dev/requires of Chart.yaml, and its .env.example"),
  pushedAt: time,
  pushedBy: z.string(),
});

export const apps = {
  "apps.list": route({
    method: "GET",
    path: "/apps",
    kind: "query",
    permission: "app:read",
    summary: "All apps.",
    query: page,
    output: listOf(app),
  }),
  "apps.create": route({
    method: "POST",
    path: "/apps",
    kind: "mutation",
    permission: "app:write",
    summary: "A new app. Its name is for good; the title can change.",
    input: z.strictObject({ name, title: title.optional() }),
    output: z.object({ app }),
    status: 201,
    errors: ["already_exists"],
  }),
  "apps.get": route({
    method: "GET",
    path: "/apps/{app}",
    kind: "query",
    permission: "app:read",
    summary: "One app.",
    output: z.object({ app }),
  }),
  "apps.update": route({
    method: "PATCH",
    path: "/apps/{app}",
    kind: "mutation",
    permission: "app:write",
    summary: "Change the title.",
    input: z.strictObject({ title }),
    output: z.object({ app }),
  }),
  "apps.remove": route({
    method: "DELETE",
    path: "/apps/{app}",
    kind: "mutation",
    permission: "app:write",
    summary: "Remove an app that has no environments.",
    output: z.object({}),
    errors: ["in_use"],
  }),
  "releases.list": route({
    method: "GET",
    path: "/apps/{app}/releases",
    kind: "query",
    permission: "release:read",
    summary: "Releases (charts) of an app, newest first.",
    query: page,
    output: listOf(release),
  }),
  "releases.push": route({
    method: "POST",
    path: "/apps/{app}/releases",
    kind: "operation",
    permission: "release:write",
    summary:
      "A chart: an uploaded folder, a .tgz, a reference to pull, or that of a running release. The same bytes twice are the same release.",
    input: z.union([
      z.strictObject({ archive: z.base64().describe("the .tgz, at most 10 MiB") }),
      z.strictObject({
        files: z
          .array(z.strictObject({ path: z.string().min(1).max(1024), content: z.base64() }))
          .min(1)
          .max(5000),
      }),
      z.strictObject({
        reference: z.strictObject({
          url: z.string().max(2048).describe("oci://… or the https:// address of a chart repository"),
          chart: z.string().max(200).optional(),
          version: z.string().max(100).optional(),
          username: z.string().max(200).optional(),
          password: z.string().max(4096).optional(),
          connection: z
            .string()
            .min(1)
            .max(200)
            .optional()
            .describe(
              "whose AWS role signs in to a registry of ECR; the server itself when absent. Needs connection:read too; without effect beside `username`.",
            ),
        }),
      }),
      z.strictObject({
        installed: z
          .strictObject({ connection: z.string().min(1).max(200), namespace: label(63), release: label(53) })
          .describe("the chart of a release that runs, as Helm keeps it. Needs environment:write too"),
      }),
    ]),
    output: z.object({ release, created: z.boolean() }),
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
    output: z.object({
      release,
      values: z.string().describe("the chart's values.yaml, at most 256 KiB of it"),
      valuesCut: z.boolean().describe("whether the text goes on"),
      schema: z
        .record(z.string(), z.unknown())
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
    output: z.object({}),
    errors: ["in_use"],
  }),
};
