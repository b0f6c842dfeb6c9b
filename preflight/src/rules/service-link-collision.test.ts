import { allKeys, env, required, rolled, saved, service } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("service-link-collision");

const redisPort = env("REDIS_PORT", "REDIS_PORT", ", optional: true");

says("an optional key", service("redis") + rolled(redisPort), "warning main REDIS_PORT");
says("a key of the contract", service("redis") + rolled(allKeys), "warning main REDIS_SERVICE_PORT_TCP_REDIS", {
  required: required("REDIS_SERVICE_PORT_TCP_REDIS"),
});
says("a removed key", service("redis") + rolled(allKeys), "warning main REDIS_PORT_6379_TCP_ADDR", {
  removedKeys: ["REDIS_PORT_6379_TCP_ADDR"],
});
silent("saved", service("redis") + rolled(redisPort), { keys: saved("REDIS_PORT") });
silent("service links are off", service("redis") + rolled(redisPort, "enableServiceLinks: false"));
silent("a Service without an address", service("redis", "clusterIP: None, ports: [{port: 6379}]") + rolled(redisPort));
silent("a Service of another name", service("redis-master") + rolled(redisPort));
