import type { SSMClient } from "@aws-sdk/client-ssm";
import { KeyrollError } from "@keyroll/contract/errors";
import { assumedRole } from "../../cloud/aws/assumed-role.ts";
import { failureOf, patience } from "../../cloud/aws/sdk.ts";
import type { Role } from "../../cloud/aws/settings.ts";

/** One version of one parameter. */
export interface Parameter {
  readonly name: string;
  readonly version: number;
  /** Absent when it was not asked for. */
  readonly value: string;
  /** Several texts with commas between them: a StringList, which Keyroll never makes. */
  readonly list?: boolean;
  /** Not encrypted (String, StringList), which Keyroll never makes either. */
  readonly plain?: boolean;
  /** When this version was written. Epoch milliseconds of the provider's clock. */
  readonly at: number;
}

export interface Page {
  readonly items: readonly Parameter[];
  readonly next: string | null;
}

/** Who wrote a version of a parameter. */
export interface Writing {
  readonly version: number;
  readonly at: number;
  /** ARN of a user, a role's session, or a service; null: not told. */
  readonly by: string | null;
}

export interface HistoryPage {
  readonly items: readonly Writing[];
  readonly next: string | null;
}

export interface Put {
  readonly name: string;
  readonly value: string;
  /** false: only when there is none of this name (`exists` otherwise), the one condition that Parameter Store knows. */
  readonly overwrite: boolean;
  /** The advanced tier, which costs and which a parameter never leaves; else the standard one. */
  readonly advanced?: boolean;
}

/**
 * What the protocol needs of Parameter Store, call by call: one method is one request, and nothing is repeated.
 * Every failure is a `CallFailed`, but for the signal's own reason, and for a role that cannot be assumed: that is a
 * `KeyrollError`, and nothing was sent.
 */
export interface Parameters {
  /** Writes a SecureString; answers its version. */
  put(put: Put, signal?: AbortSignal): Promise<number>;
  /** At most ten of `name` or `name:version`; what is not there is left out. Every value is decrypted. */
  get(selectors: readonly string[], signal?: AbortSignal): Promise<readonly Parameter[]>;
  /** One page of what lies directly below the path; its values are ciphertext. May be empty and still have a next. */
  list(path: string, next: string | null): Promise<Page>;
  /** The same of everything below the path, however deep. */
  tree(path: string, next: string | null): Promise<Page>;
  /** One page of the versions of one parameter, oldest first, without values. */
  history(name: string, next: string | null): Promise<HistoryPage>;
  /** At most ten names; those that are not there are no error. */
  remove(names: readonly string[]): Promise<void>;
  /** The account's throughput setting; null: default. */
  throughput(): Promise<string | null>;
}

/**
 * - `advanced`: a put of the standard tier met a parameter of the advanced one; nothing was changed.
 * - `exists`: a put without overwrite met a parameter; nothing was changed.
 * - `throttled`: not carried out; it may be repeated.
 * - `lost`: no answer, or one that proves nothing: it may have been carried out.
 * - `refused`: a definite no; nothing was changed.
 */
export type Failure = "advanced" | "exists" | "throttled" | "lost" | "refused";

/** Holds the name of the provider's error and never its text, which may quote the value. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly failure: Failure;
  readonly action: string;
  /** The provider's name for it, such as `AccessDeniedException`. */
  readonly reason: string;
  /** The version that its text speaks of; null: none. */
  readonly version: number | null;

  constructor(failure: Failure, action: string, reason: string, version: number | null = null) {
    super(`${action}: ${reason}`);
    this.failure = failure;
    this.action = action;
    this.reason = reason;
    this.version = version;
  }
}

const throttles = new Set([
  "ThrottlingException",
  "ThrottledException",
  "Throttling",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "TooManyUpdates",
]);

/** "You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier." */
const isDowngrade = /downgrade a parameter from the advanced-parameter tier/iu;

const callFailed = (action: string, error: unknown): CallFailed => {
  const { reason, status } = failureOf(error);
  // A text is looked at where there is no name for it. It is not kept: it may quote a value.
  if (reason === "ValidationException" && error instanceof Error && isDowngrade.test(error.message))
    return new CallFailed("advanced", action, reason);
  if (reason === "ParameterAlreadyExists") return new CallFailed("exists", action, reason);
  if (throttles.has(reason) || status === 429) return new CallFailed("throttled", action, reason);
  // Without credentials nothing was sent.
  if (reason === "CredentialsProviderError") return new CallFailed("refused", action, reason);
  if (reason === "ParameterMaxVersionLimitExceeded") {
    const text = error instanceof Error ? error.message : "";
    const version = /\bVersion (\d{1,9}), the oldest\b/u.exec(text)?.[1];
    return new CallFailed("refused", action, reason, version === undefined ? null : Number(version));
  }
  return new CallFailed(status === null || status < 400 || status >= 500 ? "lost" : "refused", action, reason);
};

const settingId = "/ssm/parameter-store/high-throughput-enabled";

/**
 * Parameter Store over the SDK, which is loaded at the first call. Endpoint and, without a role, credentials
 * come from where the SDK looks for them itself; its retries are off, so that one call is one request.
 */
export const connectParameters = (options: {
  readonly region: string;
  readonly kmsKeyId: string | null;
  readonly role: Role | null;
}): Parameters => {
  const { region, role } = options;
  let connecting: Promise<{ sdk: typeof import("@aws-sdk/client-ssm"); client: SSMClient }> | null = null;
  const connect = async () => {
    connecting ??= import("@aws-sdk/client-ssm").then((sdk) => ({
      sdk,
      client: new sdk.SSMClient({
        region,
        maxAttempts: 1,
        requestHandler: { ...patience },
        ...(role === null ? {} : { credentials: assumedRole(region, role) }),
      }),
    }));
    return await connecting;
  };
  const call = async <T>(action: string, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof KeyrollError) throw error;
      throw callFailed(action, error);
    }
  };
  const abort = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });

  const byPath = async (path: string, next: string | null, recursive: boolean): Promise<Page> =>
    await call("GetParametersByPath", undefined, async () => {
      const { sdk, client } = await connect();
      const input = {
        Path: path,
        Recursive: recursive,
        WithDecryption: false,
        MaxResults: 10,
        ...(next === null ? {} : { NextToken: next }),
      };
      const { Parameters, NextToken } = await client.send(new sdk.GetParametersByPathCommand(input));
      return { items: (Parameters ?? []).map(parameterOf), next: NextToken ?? null };
    });

  return {
    put: async ({ name, value, overwrite, advanced }, signal) =>
      await call("PutParameter", signal, async () => {
        const { sdk, client } = await connect();
        const input = {
          Name: name,
          Value: value,
          Overwrite: overwrite,
          Type: "SecureString",
          Tier: advanced === true ? "Advanced" : "Standard",
          DataType: "text",
          ...(options.kmsKeyId === null ? {} : { KeyId: options.kmsKeyId }),
        } as const;
        const { Version } = await client.send(new sdk.PutParameterCommand(input), abort(signal));
        return Version ?? 0;
      }),
    get: async (selectors, signal) =>
      await call("GetParameters", signal, async () => {
        const { sdk, client } = await connect();
        const input = { Names: [...selectors], WithDecryption: true };
        const { Parameters } = await client.send(new sdk.GetParametersCommand(input), abort(signal));
        return (Parameters ?? []).map(parameterOf);
      }),
    list: async (path, next) => await byPath(path, next, false),
    tree: async (path, next) => await byPath(path, next, true),
    history: async (name, next) =>
      await call("GetParameterHistory", undefined, async () => {
        const { sdk, client } = await connect();
        const input = {
          Name: name,
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
    remove: async (names) =>
      await call("DeleteParameters", undefined, async () => {
        const { sdk, client } = await connect();
        await client.send(new sdk.DeleteParametersCommand({ Names: [...names] }));
      }),
    throughput: async () =>
      await call("GetServiceSetting", undefined, async () => {
        const { sdk, client } = await connect();
        const { ServiceSetting } = await client.send(new sdk.GetServiceSettingCommand({ SettingId: settingId }));
        return ServiceSetting?.SettingValue === "true" ? "high" : null;
      }),
  };
};

const parameterOf = (given: {
  Name?: string | undefined;
  Version?: number | undefined;
  Value?: string | undefined;
  LastModifiedDate?: Date | undefined;
  Type?: string | undefined;
}): Parameter => ({
  name: given.Name ?? "",
  version: given.Version ?? 0,
  value: given.Value ?? "",
  at: given.LastModifiedDate?.getTime() ?? 0,
  ...(given.Type === "StringList" ? { list: true } : {}),
  ...(given.Type === "String" || given.Type === "StringList" ? { plain: true } : {}),
});
