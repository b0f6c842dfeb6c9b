// What the console and its packages import as "react": Preact, which speaks its language (decision 22).
// oxlint-disable oxc/no-barrel-file, import/no-default-export -- another name for one module, with all that it exports
export * from "preact/compat";
export { default } from "preact/compat";
// Asked for by the half of react-router that the console does not use, and so not in the bundle either.
export const useOptimistic = undefined;
