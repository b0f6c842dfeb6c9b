// Imported first by every script: one that was started by the machine's own, older Node goes on under the one that
// `npm ci` brought. Nothing newer than Node 18 may be used here.
import { runOnCarriedNode } from "../cli/bin/carried-node.js";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 7)) await runOnCarriedNode(process.argv.slice(1));
