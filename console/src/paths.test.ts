import { expect, test } from "vitest";
import { to } from "./paths.ts";

test("every address", () => {
  expect({
    apps: to.apps(),
    newApp: to.newApp("restart"),
    find: to.find(),
    findText: to.find("API KEY&"),
    app: to.app("shop"),
    environment: to.environment("shop", "prod"),
    vars: to.vars("shop", "prod"),
    newEnvironment: to.newEnvironment("shop", "restart"),
    secrets: to.secrets("shop", "prod"),
    secret: to.secrets("shop", "prod", { key: "a.b/c?", filter: "due" }),
    values: to.values("shop", "prod"),
    deployments: to.deployments("shop", "prod"),
    deployment: to.deployment("shop", "prod", 41),
    settings: to.settings("shop", "prod"),
    compare: to.compare("shop/dev", "shop/prod"),
    compareNothing: to.compare(),
    connections: to.connections(),
    newConnection: to.newConnection("restart"),
    connection: to.connection("kube"),
    access: to.access(),
    audit: to.audit(),
    auditOf: to.audit({ app: "shop", action: "secret.reveal" }),
    profile: to.profile(),
    setup: to.setup(),
    device: to.device(),
  }).toMatchInlineSnapshot(`
    {
      "access": "/access",
      "app": "/apps/shop",
      "apps": "/",
      "audit": "/audit",
      "auditOf": "/audit?app=shop&action=secret.reveal",
      "compare": "/compare?of=shop%2Fdev%2Cshop%2Fprod",
      "compareNothing": "/compare",
      "connection": "/connections/kube",
      "connections": "/connections",
      "deployment": "/apps/shop/prod/deployments/41",
      "deployments": "/apps/shop/prod/deployments",
      "device": "/device",
      "environment": "/apps/shop/prod",
      "find": "/find",
      "findText": "/find?q=API+KEY%26",
      "newApp": "/?new=app&type=restart",
      "newConnection": "/connections?new=kubernetes&type=restart",
      "newEnvironment": "/apps/shop?new=restart",
      "profile": "/profile",
      "secret": "/apps/shop/prod/vars/secrets?key=a.b%2Fc%3F&filter=due",
      "secrets": "/apps/shop/prod/vars/secrets",
      "settings": "/apps/shop/prod/settings",
      "setup": "/setup",
      "values": "/apps/shop/prod/vars/values",
      "vars": "/apps/shop/prod/vars",
    }
  `);
});

test("a name cannot leave its place", () => {
  expect(to.app("../connections")).toBe("/apps/..%2Fconnections");
  expect(to.environment("a/b", "c#d?e")).toBe("/apps/a%2Fb/c%23d%3Fe");
});
