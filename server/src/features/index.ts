import type { RouteId, Routes } from "@keyroll/contract";
import { confirmPassword, changePassword } from "./access/password.ts";
import { deviceConfirm, device, deviceToken } from "./access/device.ts";
import { login } from "./access/login.ts";
import { logout } from "./access/logout.ts";
import { me } from "./access/me.ts";
import { listMembers } from "./access/members.ts";
import { endSession, listSessions } from "./access/sessions.ts";
import { setup } from "./access/setup.ts";
import { createToken, listTokens, revokeToken } from "./access/tokens.ts";
import { createApp } from "./apps/create.ts";
import { getApp } from "./apps/get.ts";
import { listApps } from "./apps/list.ts";
import { removeApp } from "./apps/remove.ts";
import { updateApp } from "./apps/update.ts";
import { listAudit } from "./audit/list.ts";
import { checkConnection } from "./connections/check.ts";
import { comparePath } from "./connections/compare-path.ts";
import { createConnection } from "./connections/create.ts";
import { findRunning } from "./connections/found.ts";
import { listStores, listTargets } from "./connections/kinds.ts";
import { listPolicies } from "./connections/policies.ts";
import { getConnection, listConnections } from "./connections/read.ts";
import { removeConnection } from "./connections/remove.ts";
import { updateConnection } from "./connections/update.ts";
import { cancelDeployment } from "./deployments/cancel.ts";
import { streamEvents } from "./deployments/events.ts";
import { removeInstance, reportInstance } from "./deployments/instances.ts";
import { runPreflight } from "./deployments/preflight.ts";
import { getDeployment, listDeployments } from "./deployments/read.ts";
import { removeEnvironment } from "./deployments/remove-environment.ts";
import { requestDeployment } from "./deployments/request.ts";
import { listStatus } from "./deployments/fleet/list.ts";
import { getStatus } from "./deployments/status.ts";
import { undoDeployment } from "./deployments/undo.ts";
import { createEnvironment } from "./environments/create.ts";
import { getEnvironment, listEnvironments } from "./environments/read.ts";
import { moveStore } from "./environments/move-store.ts";
import { dropOldStore, moveBack } from "./environments/old-store.ts";
import { updateEnvironment } from "./environments/update.ts";
import { cancelOperation } from "./operations/cancel.ts";
import { getOperation } from "./operations/get.ts";
import { pushRelease } from "./releases/push.ts";
import { getRelease, listReleases } from "./releases/read.ts";
import { removeRelease } from "./releases/remove.ts";
import { bundleSecrets } from "./secrets/bundle.ts";
import { changeSecrets } from "./secrets/change.ts";
import { compareSecrets } from "./secrets/compare.ts";
import { fillSecrets } from "./secrets/fill.ts";
import { getRevision, listRevisions } from "./secrets/history.ts";
import { importSecrets } from "./secrets/import.ts";
import { listKeyHistory } from "./secrets/key-history.ts";
import { listDrift } from "./secrets/list-drift.ts";
import { listSecrets } from "./secrets/list.ts";
import { planSecrets } from "./secrets/plan.ts";
import { resolveDrift } from "./secrets/resolve-drift.ts";
import { restoreRevision } from "./secrets/restore.ts";
import { revealSecret } from "./secrets/reveal.ts";
import { searchKeys } from "./secrets/search.ts";
import { putValues } from "./values/put.ts";
import { getValues, listValuesHistory } from "./values/read.ts";
import type { Recoverable } from "./operation.ts";
import type { Verb } from "./verb.ts";

/** Every route with its verb: a route without one, or with another's, does not compile. */
export type Verbs = { readonly [Id in RouteId]: Verb<Routes[Id]> };

export const verbs: Verbs = {
  "access.setup": setup,
  "access.login": login,
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
  "connections.comparePath": comparePath,
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

/** Operations that may have been cut off by a crash, by method and path. */
export const recoverable: ReadonlyMap<string, Recoverable> = new Map(
  [changeSecrets, restoreRevision, importSecrets, fillSecrets, resolveDrift, moveStore, removeEnvironment].map(
    (verb) => [`${verb.route.method} ${verb.route.path}`, verb] as const,
  ),
);
