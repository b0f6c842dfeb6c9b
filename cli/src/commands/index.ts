import type { Entry } from "../command.ts";

/** Every command, in the order of the help text. A command is loaded when it is named. */
export const commands: readonly Entry[] = [
  { name: "serve", summary: "run the server", load: async () => (await import("./serve.ts")).serve },
  { name: "login", summary: "sign in to a server", load: async () => (await import("./login.ts")).login },
  { name: "logout", summary: "revoke this login", load: async () => (await import("./logout.ts")).logout },
  { name: "whoami", summary: "who is signed in, and where", load: async () => (await import("./whoami.ts")).whoami },
  {
    name: "doctor",
    summary: "check the set-up of this machine",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "completion",
    summary: "print the completion script of a shell",
    load: async () => (await import("./completion.ts")).completion,
  },
  {
    name: "link",
    summary: "remember app and environment for this folder",
    load: async () => (await import("./link.ts")).link,
  },
  {
    name: "app",
    summary: "apps",
    verbs: [
      { name: "create", summary: "make an app", load: async () => (await import("./app/create.ts")).create },
      { name: "ls", summary: "list the apps", load: async () => (await import("./app/ls.ts")).ls },
      { name: "rm", summary: "remove an app without environments", load: async () => (await import("./app/rm.ts")).rm },
    ],
  },
  {
    name: "connection",
    summary: "connections: a cluster and a secret store each",
    verbs: [
      {
        name: "create",
        summary: "make a connection",
        load: async () => (await import("./connection/create.ts")).create,
      },
      { name: "ls", summary: "list the connections", load: async () => (await import("./connection/ls.ts")).ls },
      {
        name: "check",
        summary: "try each right that a connection needs",
        load: async () => (await import("./connection/check.ts")).check,
      },
      {
        name: "policy",
        summary: "print the rights that the store's cloud must give",
        load: async () => (await import("./connection/policy.ts")).policy,
      },
      {
        name: "set",
        summary: "change settings of its store",
        load: async () => (await import("./connection/set.ts")).set,
      },
      { name: "rm", summary: "remove an unused connection", load: async () => (await import("./connection/rm.ts")).rm },
    ],
  },
  {
    name: "env",
    summary: "environments of an app",
    verbs: [
      { name: "create", summary: "make an environment", load: async () => (await import("./env/create.ts")).create },
      {
        name: "import",
        summary: "take over an app that runs, without a restart",
        load: async () => (await import("./env/import.ts")).importRunning,
      },
      { name: "ls", summary: "list the environments of an app", load: async () => (await import("./env/ls.ts")).ls },
      {
        name: "show",
        summary: "one environment with its settings",
        load: async () => (await import("./env/show.ts")).show,
      },
      { name: "set", summary: "change deployment settings", load: async () => (await import("./env/set.ts")).set },
      {
        name: "move-store",
        summary: "move its values to another store",
        load: async () => (await import("./env/move-store.ts")).moveStore,
      },
      { name: "rm", summary: "remove an environment", load: async () => (await import("./env/rm.ts")).rm },
    ],
  },
  {
    name: "release",
    summary: "releases: the charts of an app",
    verbs: [
      { name: "push", summary: "push a chart", load: async () => (await import("./release/push.ts")).push },
      { name: "ls", summary: "list the releases", load: async () => (await import("./release/ls.ts")).ls },
    ],
  },
  {
    name: "values",
    summary: "Helm values of an environment (not secret)",
    verbs: [
      { name: "get", summary: "print them as YAML", load: async () => (await import("./values/get.ts")).get },
      { name: "set", summary: "save them, or change some", load: async () => (await import("./values/set.ts")).set },
    ],
  },
  {
    name: "ls",
    summary: "list the keys and where each value is",
    load: async () => (await import("./secrets/ls.ts")).ls,
  },
  { name: "get", summary: "read values", load: async () => (await import("./secrets/get.ts")).get },
  { name: "set", summary: "save values", load: async () => (await import("./secrets/set.ts")).set },
  { name: "unset", summary: "remove keys", load: async () => (await import("./secrets/unset.ts")).unset },
  { name: "rename", summary: "rename a key", load: async () => (await import("./secrets/rename.ts")).rename },
  {
    name: "edit",
    summary: "edit all pairs as a .env text",
    load: async () => (await import("./secrets/edit.ts")).edit,
  },
  {
    name: "import",
    summary: "save the pairs of a file",
    load: async () => (await import("./secrets/import.ts")).importPairs,
  },
  {
    name: "export",
    summary: "write all pairs to a file",
    load: async () => (await import("./secrets/export.ts")).exportPairs,
  },
  {
    name: "diff",
    summary: "what is saved and not deployed, by key",
    load: async () => (await import("./secrets/diff.ts")).diff,
  },
  {
    name: "compare",
    summary: "two environments, key by key",
    load: async () => (await import("./secrets/compare.ts")).compare,
  },
  {
    name: "drift",
    summary: "what others changed in the store: adopt it, or overwrite it",
    load: async () => (await import("./secrets/drift.ts")).drift,
  },
  { name: "history", summary: "the revisions", load: async () => (await import("./secrets/history.ts")).history },
  { name: "show", summary: "one revision", load: async () => (await import("./secrets/show.ts")).show },
  {
    name: "restore",
    summary: "save an old revision again, as a new one",
    load: async () => (await import("./secrets/restore.ts")).restore,
  },
  {
    name: "preflight",
    summary: "check the chart and the keys before a deployment",
    load: async () => (await import("./preflight.ts")).preflightCommand,
  },
  {
    name: "deploy",
    summary: "deploy, and wait for the proof",
    load: async () => (await import("./deployments/deploy.ts")).deploy,
  },
  { name: "deployments", summary: "list the deployments", load: async () => (await import("./deployments/ls.ts")).ls },
  {
    name: "deployment",
    summary: "one deployment with its log",
    load: async () => (await import("./deployments/show.ts")).show,
  },
  { name: "cancel", summary: "stop a deployment", load: async () => (await import("./deployments/cancel.ts")).cancel },
  {
    name: "undo",
    summary: "release, values and secrets back together",
    load: async () => (await import("./deployments/undo.ts")).undo,
  },
  {
    name: "status",
    summary: "saved, in the cluster, running",
    load: async () => (await import("./deployments/status.ts")).status,
  },
  { name: "find", summary: "find a key in all environments", load: async () => (await import("./find.ts")).find },
  {
    name: "run",
    summary: "run a command with the values as its environment",
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "member",
    summary: "people who can sign in",
    verbs: [{ name: "ls", summary: "list the members", load: async () => (await import("./member/ls.ts")).ls }],
  },
  {
    name: "token",
    summary: "tokens for programs",
    verbs: [
      {
        name: "create",
        summary: "make a token; it is printed once",
        load: async () => (await import("./token/create.ts")).create,
      },
      { name: "ls", summary: "list the tokens", load: async () => (await import("./token/ls.ts")).ls },
      {
        name: "revoke",
        summary: "revoke a token at once",
        load: async () => (await import("./token/revoke.ts")).revoke,
      },
    ],
  },
  { name: "audit", summary: "what was done, by whom", load: async () => (await import("./audit.ts")).audit },
];
