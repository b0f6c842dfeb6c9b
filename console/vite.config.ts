import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // The strict content policy takes no data: script, and the polyfill would be one more request.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
