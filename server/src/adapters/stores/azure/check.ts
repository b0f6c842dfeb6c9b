import { KeyrollError } from "@keyroll/contract/errors";
import type { CheckFinding, StoreHost } from "../../../ports/secret-store.ts";
import { tried, triedAll } from "../tried.ts";
import type { Secrets } from "./secrets.ts";
import { nameOf } from "./versions.ts";

const facts = (id: string, what: string, message: string): CheckFinding => ({
  id,
  what,
  ok: true,
  required: false,
  message,
  next: null,
});

/** Each right by using it, on a secret that holds nothing and is removed again. */
export const checkVault = async (
  secrets: Secrets,
  { prefix }: { readonly prefix: string },
  { random }: Pick<StoreHost, "random">,
): Promise<readonly CheckFinding[]> => {
  const name = nameOf(prefix, "keyroll-check", random.id().replaceAll("_", "-"));
  let version = "";
  const write = await tried([
    "write",
    "secrets set",
    async () => {
      version = (await secrets.set(name, "{}", {}, true)).id;
      return "A secret can be written.";
    },
  ]);
  if (!write.ok) return [write];
  const rights = await triedAll([
    [
      "read",
      "secrets get",
      async () => {
        if ((await secrets.get(name, version)) === "{}") return "It can be read.";
        throw new KeyrollError("provider_unreachable", `${name} was written and cannot be seen.`);
      },
    ],
    [
      "history",
      "secrets list",
      async () => {
        await secrets.versions(name);
        return "Versions can be listed.";
      },
    ],
    [
      "disable",
      "secrets set",
      async () => {
        await secrets.disable(name, version);
        return "A version can be disabled.";
      },
    ],
    [
      "delete",
      "secrets delete",
      async () => {
        await secrets.remove(name, false);
        return "A secret can be deleted for a time.";
      },
    ],
    [
      "recover",
      "secrets recover",
      async () => {
        await secrets.recover(name);
        await secrets.remove(name, false);
        return "It can be brought back.";
      },
    ],
  ]);
  const purge = await tried(
    [
      "purge",
      "secrets purge",
      async () => {
        await secrets.purge(name);
        return "It can be deleted for good.";
      },
    ],
    false,
  );
  return [
    write,
    ...rights,
    purge,
    facts(
      "compare-and-swap",
      "none in Key Vault",
      "Key Vault has no write under a condition: a save waits up to two seconds until it is certain who was first.",
    ),
    facts("encrypted", "the key", "Key Vault encrypts with Microsoft's keys; an own key cannot be given for secrets."),
  ];
};
