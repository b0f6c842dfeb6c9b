import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost, StoreScope } from "../../../ports/secret-store.ts";
import type { DocumentDriver } from "../document-store.ts";
import { print, type Stored } from "../document.ts";
import type { Rest } from "../rest.ts";
import { call, refuse, type Action, type Answer } from "./client.ts";
import { chainOf, droppedIn, factsOf, tagsOf, versionId } from "./versions.ts";

/** Bytes of one value: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const documentBytes = 65_536;
/** Versions that AWS keeps about, once they are older than a day. */
export const versionsKept = 100;
/** Days in which an administrator can undo a removal: the longest that AWS offers. */
const recoveryDays = 30;
const environmentTag = "keyroll-environment";
/** Marks a version that is not current yet. */
const pendingStage = "KEYROLLPENDING";
/** A name that was purged is free a short while later. */
const patience = { tries: 8, milliseconds: 1000 };

export interface SecretsManagerSettings {
  readonly prefix: string;
  readonly kmsKeyId?: string | undefined;
}

/** Stands in an app's place where rights are tried. */
export const checkApp = "keyroll-check";

/** The last part keeps the name from ending in a hyphen and six characters, which AWS takes for the end of an ARN. */
export const nameOf = ({ prefix }: SecretsManagerSettings, app: string, environment: string): string =>
  `${prefix}/${app}/${environment}/values`;

interface Version {
  readonly id: string;
  readonly at: number;
  readonly isCurrent: boolean;
}

/**
 * One secret, whose versions are revisions. A version is put beside the current one, and moving AWSCURRENT to it from
 * the version it was made on is the compare-and-swap: AWS refuses to take a label from where it is not.
 */
export const secretDocument = (
  rest: Rest,
  settings: SecretsManagerSettings,
  scope: StoreScope,
  { clock }: Pick<StoreHost, "clock">,
): DocumentDriver => {
  const name = nameOf(settings, scope.app, scope.environment);
  const place = `AWS Secrets Manager \`${name}\``;
  /** As this process saw it last: the move fails when it is not so any more. */
  let current: { readonly id: string; readonly isDeleted: boolean } | null = null;

  const ask = async (action: Action, input: Readonly<Record<string, unknown>> = {}, repeats = true): Promise<Answer> =>
    await call(rest, action, name, input, repeats);
  /** Without the refusals that the caller has a use for. */
  const must = async (
    action: Action,
    input: Readonly<Record<string, unknown>>,
    expected: readonly string[] = [],
    repeats = true,
  ): Promise<Answer> => {
    const answer = await ask(action, input, repeats);
    if (answer.refused !== null && !expected.includes(answer.refused)) throw refuse(action, name, answer.refused);
    return answer;
  };

  const foreign = (message: string, next: string): KeyrollError =>
    new KeyrollError("integrity", `${place} ${message}`, { next, changed: false });
  const repair = `Move the label AWSCURRENT back to Keyroll's last version (aws secretsmanager update-secret-version-stage --secret-id ${name} --version-stage AWSCURRENT …), or delete the secret.`;

  const factsOrError = (id: string) => {
    const facts = factsOf(id);
    if (facts === null) throw foreign("has a current version that Keyroll did not write.", repair);
    return facts;
  };

  const describe = async () => {
    const { refused, body } = await must("DescribeSecret", {}, ["ResourceNotFoundException"]);
    if (refused !== null) return null;
    const { Tags, VersionIdsToStages, DeletedDate } = body as {
      Tags?: readonly { Key: string; Value: string }[];
      VersionIdsToStages?: Readonly<Record<string, readonly string[]>>;
      DeletedDate?: number | null;
    };
    const stages = Object.entries(VersionIdsToStages ?? {});
    return {
      tags: new Map((Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      current: stages.find(([, labels]) => labels.includes("AWSCURRENT"))?.[0] ?? null,
      deleted: typeof DeletedDate === "number" ? new Date(DeletedDate * 1000) : null,
    };
  };

  /** A secret that waits for its end: ours with the values destroyed, or somebody else's doing. */
  const buried = async (): Promise<{ revision: number; document: Stored } | null> => {
    const found = await describe();
    if (found === null) return null;
    const facts = found.current === null ? null : factsOf(found.current);
    if (found.current === null || facts?.isGrave !== true)
      throw foreign(
        `was scheduled for deletion by somebody${found.deleted === null ? "" : `, for ${found.deleted.toISOString()}`}.`,
        `Bring it back (aws secretsmanager restore-secret --secret-id ${name}), or delete it at once with --force-delete-without-recovery.`,
      );
    current = { id: found.current, isDeleted: true };
    const { revision } = facts;
    const grave = { revision, parent: revision - 1, since: revision, txn: found.current, at: 0, destroyed: true };
    const environment = found.tags.get(environmentTag) ?? "";
    return { revision, document: print({ ...grave, environment, keys: new Map() }) };
  };

  const newest = async (): Promise<{ revision: number; document: unknown } | null> => {
    current = null;
    const { refused, body } = await must("GetSecretValue", { VersionStage: "AWSCURRENT" }, [
      "ResourceNotFoundException",
      "InvalidRequestException",
    ]);
    if (refused === "ResourceNotFoundException") return null;
    if (refused !== null) return await buried();
    const id = String(body["VersionId"]);
    const { revision } = factsOrError(id);
    current = { id, isDeleted: false };
    return { revision, document: documentOf(body) };
  };

  /** What was committed and AWS still has, newest first. */
  const history = async () => {
    const versions: Version[] = [];
    for (let next: unknown = ""; typeof next === "string";) {
      const input = { IncludeDeprecated: true, MaxResults: 100, ...(next === "" ? {} : { NextToken: next }) };
      const gone = ["ResourceNotFoundException", "InvalidRequestException"];
      const { refused, body } = await must("ListSecretVersionIds", input, gone);
      if (refused !== null) return [];
      for (const version of (body["Versions"] ?? []) as Record<string, unknown>[])
        versions.push({
          id: String(version["VersionId"]),
          at: Number(version["CreatedDate"]) * 1000,
          isCurrent: ((version["VersionStages"] ?? []) as string[]).includes("AWSCURRENT"),
        });
      next = body["NextToken"] === "" ? null : body["NextToken"];
    }
    const head = versions.find(({ isCurrent }) => isCurrent);
    return head === undefined ? [] : chainOf(versions, head.id);
  };

  const create = async (document: Stored, id: string): Promise<boolean> => {
    const input = {
      ClientRequestToken: id,
      SecretString: JSON.stringify(document),
      Description: `Values of ${scope.app}/${scope.environment}, kept by Keyroll`,
      Tags: [{ Key: environmentTag, Value: scope.environmentId }],
      ...(settings.kmsKeyId === undefined ? {} : { KmsKeyId: settings.kmsKeyId }),
    };
    for (let tries = 1; ; tries++) {
      const known = ["ResourceExistsException", "InvalidRequestException"];
      const { refused } = await must("CreateSecret", input, known, false);
      if (refused === null) return true;
      const found = await describe();
      if (refused === "ResourceExistsException") {
        if (found === null || found.current !== null) return false;
        throw foreign("exists, made by somebody, without a value.", "Delete it: Keyroll makes the secret itself.");
      }
      if (found?.deleted !== null && found?.deleted !== undefined && found.current !== null) {
        // Its name shows who removed it, and how it comes back.
        await buried();
        return false;
      }
      if (tries >= patience.tries)
        throw new KeyrollError("in_use", `${place} is still being deleted by AWS.`, {
          next: "Try again in some minutes, when AWS has given the name back.",
          changed: false,
        });
      await clock.sleep(patience.milliseconds);
    }
  };

  const move = async (document: Stored, id: string, from: { readonly id: string; readonly isDeleted: boolean }) => {
    if (from.isDeleted) await must("RestoreSecret", {});
    await must("PutSecretValue", {
      ClientRequestToken: id,
      SecretString: JSON.stringify(document),
      VersionStages: [pendingStage],
    });
    const step = { VersionStage: "AWSCURRENT", MoveToVersionId: id, RemoveFromVersionId: from.id };
    const { refused } = await must("UpdateSecretVersionStage", step, ["InvalidParameterException"], false);
    return refused === null;
  };

  return {
    place,
    documentBytes,
    repair,
    load: async (at) => {
      const head = await newest();
      if (head === null || at === null || head.revision === at) return head;
      // Current names for nobody: what is buried has no history.
      if (current === null || current.isDeleted) return null;
      const version = (await history()).find(({ revision }) => revision === at);
      if (version === undefined) return null;
      if (droppedIn((await describe())?.tags ?? new Map()).has(at)) return null;
      const gone = ["ResourceNotFoundException", "InvalidRequestException"];
      const { refused, body } = await must("GetSecretValue", { VersionId: version.id }, gone);
      return refused === null ? { revision: at, document: documentOf(body) } : null;
    },
    store: async (document, expect) => {
      if (current === null && expect > 0) await newest();
      const from = current;
      if (from !== null && factsOf(from.id)?.revision !== expect) return false;
      if (from === null && expect > 0) return false;
      const { txn, at, destroyed } = document;
      const attempt = [scope.environmentId, String(txn), Number(at)];
      const id = versionId({ revision: expect + 1, isGrave: destroyed === true }, from?.id ?? null, attempt);
      const isDone = from === null ? await create(document, id) : await move(document, id, from);
      current = isDone ? { id, isDeleted: false } : null;
      return isDone;
    },
    list: async () => {
      const chain = await history();
      if (chain.length === 0) return [];
      const dropped = droppedIn((await describe())?.tags ?? new Map());
      return chain.map(({ revision, at }) => {
        const isGone = dropped.has(revision);
        return { revision, at, readable: !isGone, isGone };
      });
    },
    drop: async (which, how) => {
      if (which === "everything") {
        await must("DeleteSecret", { ForceDeleteWithoutRecovery: true }, ["ResourceNotFoundException"]);
        return;
      }
      const found = await describe();
      if (found === null || found.deleted !== null) return;
      // A version cannot be deleted, so that it is dropped is written down; AWS removes it when 100 are newer.
      const kept = new Set((await history()).map(({ revision }) => revision));
      const dropped = new Set([...droppedIn(found.tags), ...which].filter((revision) => kept.has(revision)));
      const all = tagsOf(dropped, found.tags).set(environmentTag, scope.environmentId);
      const tags = [...all].map(([Key, Value]) => ({ Key, Value }));
      await must("TagResource", { Tags: tags });
      if (how === "soft") await must("DeleteSecret", { RecoveryWindowInDays: recoveryDays });
    },
  };
};

const documentOf = (body: Readonly<Record<string, unknown>>): unknown => {
  try {
    return JSON.parse(String(body["SecretString"]));
  } catch {
    return {};
  }
};
