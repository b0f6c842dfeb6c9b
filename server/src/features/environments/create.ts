import { environmentSettings, routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { environmentById } from "../subject.ts";
import { mutation } from "../verb.ts";
import { environmentView } from "./queries.ts";

/** A new environment. Defaults: namespace APP-ENV, release APP, Secret `app-secrets`, type helm (process without a cluster). */
export const createEnvironment = mutation(
  routes["environments.create"],
  async ({ tx, host, app, input, now, commit }) => {
    const connection = await tx
      .selectFrom("connections")
      .select(["id", "name", "cluster", "cluster_key"])
      .where((e) => e.or([e("name", "=", input.connection), e("id", "=", input.connection)]))
      .executeTakeFirst();
    if (connection === undefined)
      throw new KeyrollError("not_found", `There is no connection \`${input.connection}\`.`, { field: "connection" });
    const local = connection.cluster_key === "process";
    const type = input.type ?? (local ? "process" : "helm");
    if (local !== (type === "process")) {
      throw new KeyrollError(
        "invalid",
        local
          ? `Type ${type} needs a connection with a cluster; \`${connection.name}\` has none.`
          : "Type process needs a connection made with --cluster process.",
        {
          field: "type",
          changed: false,
        },
      );
    }
    const namespace = local ? null : (input.namespace ?? `${app.name}-${input.name}`);
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
    const secretName = local ? null : (input.secretName ?? "app-secrets");
    const id = host.random.id();
    const taken = await tx
      .selectFrom("environments")
      .select("id")
      .where("app_id", "=", app.id)
      .where("name", "=", input.name)
      .executeTakeFirst();
    if (taken !== undefined) {
      throw new KeyrollError("already_exists", `App \`${app.name}\` has an environment \`${input.name}\` already.`, {
        field: "name",
        changed: false,
      });
    }
    if (namespace !== null && secretName !== null) {
      const other = await tx
        .selectFrom("environments")
        .innerJoin("apps", "apps.id", "environments.app_id")
        .select(["apps.name as app", "environments.name"])
        .where("environments.cluster_key", "=", connection.cluster_key)
        .where("environments.namespace", "=", namespace)
        .where("environments.secret_name", "=", secretName)
        .executeTakeFirst();
      if (other !== undefined) {
        throw new KeyrollError(
          "already_exists",
          `The Secret ${namespace}/${secretName} of this cluster belongs to ${other.app}/${other.name}.`,
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
        id,
        app_id: app.id,
        name: input.name,
        kind: input.kind,
        type,
        connection_id: connection.id,
        cluster_key: connection.cluster_key,
        namespace,
        release_name: type === "helm" ? (input.releaseName ?? app.name) : null,
        secret_name: secretName,
        settings: JSON.stringify(environmentSettings.parse(input.settings ?? {})),
        created_at: now,
        journal_seq: 0,
        deployment_seq: 0,
      })
      .execute();
    const row = await environmentById(tx, id);
    if (row === null) throw new KeyrollError("internal", "The new environment cannot be read back.");
    return await commit(
      {
        action: "environments.create",
        environment: { id, name: input.name },
        details: { kind: input.kind, type, connection: connection.name, namespace, secretName },
      },
      { environment: await environmentView(tx, host, app, row) },
    );
  },
);
