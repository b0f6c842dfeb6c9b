import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding, StoreHost } from "../../../ports/secret-store.ts";
import type { Rest } from "../rest.ts";
import { tried, triedAll, type Step } from "../tried.ts";
import { call, type Right } from "./client.ts";
import { crc32c } from "./crc32c.ts";
import { newSecret, pathOf, type GcpSettings } from "./documents.ts";

/** Each right by using it, on a secret that holds nothing and is removed again. */
export const checkGcp = async (
  rest: Rest,
  settings: GcpSettings,
  { random }: Pick<StoreHost, "random">,
): Promise<readonly CheckFinding[]> => {
  const probe = random.id().replaceAll("_", "-");
  const path = pathOf(settings, "keyroll-check", probe);
  const [parent = "", id = ""] = path.split("/secrets/");
  let etag = "";
  const step = (name: string, right: Right, at: string, good: string, body?: () => object): Step => [
    name,
    `secretmanager.${right}`,
    async () => {
      const answer = await call(rest, right, at, body === undefined ? {} : { body: body() });
      if (right === "secrets.get") etag = String(answer.body["etag"]);
      return good;
    },
  ];
  const update = `${path}?updateMask=annotations,versionAliases`;
  const move = () => ({ etag, annotations: { "keyroll-environment": "check" }, versionAliases: { live: "1" } });
  const created = await tried(
    step("create", "secrets.create", `${parent}/secrets?secretId=${id}`, "Secrets can be made.", () =>
      newSecret(settings, "check"),
    ),
  );
  if (!created.ok) return [created];
  const data = Buffer.from("{}");
  const rights = await triedAll([
    step("write", "versions.add", `${path}:addVersion`, "A version can be added.", () => ({
      payload: { data: data.toString("base64"), dataCrc32c: crc32c(data) },
    })),
    step("read", "versions.access", `${path}/versions/1:access`, "It can be read and decrypted."),
    step("look", "secrets.get", path, "The secret's history can be read."),
    step("compare-and-swap", "secrets.update", update, "The alias of the newest version can be moved.", move),
    [
      "stale",
      "refuse a stale write",
      async () => {
        const { refused } = await call(rest, "secrets.update", update, {
          body: move(),
          expected: ["FAILED_PRECONDITION", "ABORTED"],
        });
        if (refused !== null) return "A move with an old etag is refused.";
        throw new KeyrollError("provider_denied", "A move with an old etag is carried out: saves would be lost.", {
          next: "Do not use this store, and report it.",
        });
      },
    ],
    step("history", "versions.list", `${path}/versions`, "Versions can be listed."),
    step("disable", "versions.disable", `${path}/versions/1:disable`, "A version can be disabled.", () => ({})),
    step("destroy", "versions.destroy", `${path}/versions/1:destroy`, "A version can be destroyed.", () => ({})),
    step("delete", "secrets.delete", path, "A secret can be deleted."),
  ]);
  const encrypted: CheckFinding = {
    id: "encrypted",
    what: "the key",
    ok: true,
    required: false,
    message:
      settings.kmsKeyName === undefined
        ? "New secrets are encrypted with Google's default key."
        : `New secrets are encrypted with the Cloud KMS key ${settings.kmsKeyName}.`,
    next: null,
  };
  return [created, encrypted, ...rights];
};
