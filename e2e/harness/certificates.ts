import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** An authority of one test, in a folder that `remove` takes away. */
export interface Authority {
  readonly caFile: string;
  /** Signs a certificate for loopback, or for the names that were given, for servers and for clients. */
  sign(name: string): Certificate;
  remove(): void;
}

const openssl = (...args: readonly string[]): void => {
  execFileSync("openssl", args, { stdio: "ignore" });
};
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export const makeAuthority = (names = "IP:127.0.0.1"): Authority => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-ca-"));
  const path = (name: string): string => join(folder, name);
  const [caFile, caKey] = [path("ca.crt"), path("ca.key")];
  openssl("req", "-x509", ...newKey, "-keyout", caKey, "-out", caFile, "-subj", "/CN=authority", "-days", "1");
  writeFileSync(path("san"), `subjectAltName=${names}`);
  return {
    caFile,
    sign: (name) => {
      const [request, certFile, keyFile] = [path(`${name}.csr`), path(`${name}.crt`), path(`${name}.key`)];
      openssl("req", "-new", ...newKey, "-keyout", keyFile, "-out", request, "-subj", `/CN=${name}`);
      const by = ["-CA", caFile, "-CAkey", caKey, "-CAcreateserial", "-days", "1", "-extfile", path("san")];
      openssl("x509", "-req", "-in", request, ...by, "-out", certFile);
      return { certFile, keyFile };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
