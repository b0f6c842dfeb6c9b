import { expect, test } from "vitest";
import { networksOf } from "../ports/networks.ts";
import { callerOf } from "./caller.ts";

const proxies = networksOf(["10.0.0.0/8", "fd00:1::/64", "192.0.2.7"]);

test.each([
  ["203.0.113.9", "", "203.0.113.9", "no proxy"],
  ["203.0.113.9", "198.51.100.1", "203.0.113.9", "one that is not trusted says what it likes"],
  ["10.1.2.3", "", "10.1.2.3", "a proxy that asks for itself"],
  ["10.1.2.3", "198.51.100.1", "198.51.100.1", "one proxy"],
  ["::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1", "one proxy, to a socket of both families"],
  ["10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1", "what the caller wrote himself stands before it"],
  ["10.1.2.3", "198.51.100.1, 192.0.2.7", "198.51.100.1", "two proxies"],
  ["10.1.2.3", "198.51.100.1:4711", "198.51.100.1", "with a port"],
  ["fd00:1::5", "[2001:db8::1]:4711", "2001:db8::1", "IPv6 with a port"],
  ["10.1.2.3", "2001:db8::1", "2001:db8::1", "IPv6"],
  ["10.1.2.3", "unknown", "10.1.2.3", "no address"],
  ["10.1.2.3", "10.9.9.9, 10.8.8.8", "10.9.9.9", "all of them proxies"],
])("from %s, forwarded for %s: %s (%s)", (socket, forwardedFor, caller, _why) => {
  expect(callerOf(proxies, socket, forwardedFor)).toBe(caller);
});

test("who does not say anything is the socket", () => {
  expect(callerOf(proxies, "10.1.2.3", undefined)).toBe("10.1.2.3");
});

test("without trusted proxies the header counts for nothing", () => {
  expect(callerOf(networksOf([]), "127.0.0.1", "198.51.100.1")).toBe("127.0.0.1");
});
