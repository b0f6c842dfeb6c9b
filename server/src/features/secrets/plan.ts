import { routes } from "@keyroll/contract";
import { merge, touchedKeys } from "@keyroll/pairs";
import { query } from "../verb.ts";
import { newestManifest } from "../newest-manifest.ts";
import { editOf } from "./change.ts";
import { checkEdit } from "./check-edit.ts";
import { keysTouchedSince } from "./queries.ts";
import { restartsOf } from "./restarts.ts";

/** What a change set would do; writes nothing. */
export const planSecrets = query(routes["secrets.plan"], async ({ db, host, app, environment, input, signal }) => {
  const { base, ...change } = input;
  const edit = editOf(change);
  const manifest = await newestManifest(db, { host, app, environment });
  const kind = host.stores.kind(environment.storeKind);
  const { problems, warnings } = checkEdit(host, environment, manifest, edit);
  const touched = touchedKeys(edit.changes);
  const since = base ?? manifest?.revision ?? 0;
  const conflicts = merge(touched, await keysTouchedSince(db, environment.id, since)).overlap;
  // The embedded store answers from the database; its one call is the transaction.
  const calls = kind.capabilities.transactional ? 1 : touched.size + 2;
  const restarts = await restartsOf({ host, db, app, environment, signal }, touched);
  return {
    revision: manifest?.revision ?? 0,
    problems: problems.map(({ rule, key, message, limit, actual }) => ({
      rule,
      message,
      ...(key === undefined ? {} : { key }),
      ...(limit === undefined ? {} : { limit }),
      ...(actual === undefined ? {} : { actual }),
    })),
    warnings: warnings.map(({ id, key, message }) => ({ id, message, ...(key === undefined ? {} : { key }) })),
    conflicts: [...conflicts],
    calls,
    seconds: kind.capabilities.transactional ? 0 : calls / 3,
    restarts: restarts === null ? null : [...restarts],
  };
});
