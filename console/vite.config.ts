import { defineConfig, type Plugin } from "vite";

/**
 * The first script asks for the start of the console only when it runs: the page itself asks at once. And nothing is
 * painted before the first script has run, which knows the theme.
 */
const startAhead: Plugin = {
  name: "start-ahead",
  transformIndexHtml: {
    order: "post",
    handler: (html, { bundle = {} }) => ({
      html: html.replace('<script type="module"', '<script type="module" blocking="render"'),
      tags: Object.values(bundle)
        .filter(({ type, name }) => type === "chunk" && ["start", "rolldown-runtime"].includes(name))
        .map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head",
        })),
    }),
  },
};

/** Asked for by the half of react-router that the console does not use: the name must be there, and is not in the bundle. */
const completePreact: Plugin = {
  name: "complete-preact",
  transform: {
    filter: { id: /\/preact\/compat\/dist\/compat\.[^/]+$/u },
    handler: (code) => `${code}\nexport const useOptimistic = undefined;\n`,
  },
};

export default defineConfig({
  plugins: [startAhead, completePreact],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // What the sources and the packages call React is Preact (decision 22).
  resolve: {
    alias: [
      { find: /^react$/u, replacement: "preact/compat" },
      { find: /^react-dom$/u, replacement: "preact/compat" },
      { find: /^react-dom\/client$/u, replacement: "preact/compat/client" },
      { find: /^react\/jsx-runtime$/u, replacement: "preact/jsx-runtime" },
    ],
  },
  build: {
    target: "es2023",
    // The strict content policy takes no data: script, and the polyfill would be one more request.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // All styles together are smaller than one script, and no page waits for its own.
    cssCodeSplit: false,
    rolldownOptions: {
      // "use client" in packages: there is no server that could.
      onwarn: (warning, warn) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
      output: {
        // Else each small part that two pages share is a file of its own, and a page asks for thirty of them.
        codeSplitting: {
          groups: [
            // Asks for all else, and so is small.
            {
              name: "first",
              test: /preload-helper|\/console\/src\/(?:first|ahead|pages|preferences)\.ts$/u,
              priority: 4,
            },
            // What is around every page, with its libraries, and the page that is opened most: one file comes sooner than five.
            {
              name: "start",
              test: /\/console\/src\/(?:ui\/|frame\/|pages\/(?:environment\/layout|secrets\/secrets)\.tsx$|[\w-]+\.tsx?$)/u,
              priority: 3,
            },
            {
              name: "shared",
              test: /^(?!.*\/node_modules\/(?:yaml|codemirror|@codemirror|@lezer|style-mod|crelt|w3c-keyname)\/)/u,
              minShareCount: 3,
              priority: 2,
            },
            // Loaded when somebody pastes a file of it, or opens the editor; named so that it can be told from the pages.
            { name: "yaml", test: /\/node_modules\/yaml\//u, priority: 1 },
          ],
        },
      },
    },
  },
});
