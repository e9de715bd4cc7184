import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** In development the page comes from Vite and the data from a running `npm start`. */
const api = process.env["PUBLIC_URL"] ?? "http://127.0.0.1:3000";

export default defineConfig({
  root: import.meta.dirname,
  base: "/console/",
  plugins: [react()],
  // The API's content security policy allows scripts from our own origin only: nothing may be inlined into the page.
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: "es2022", chunkSizeWarningLimit: 900 },
  server: { port: 5173, proxy: { "/v1": { target: api, changeOrigin: true } } },
});
