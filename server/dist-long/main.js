import module from "node:module";
module.enableCompileCache(`${import.meta.dirname}/compile-cache`);
await import("./server.js");
