// The built page in a browser. `scripts/test browser` builds and runs; what is in dist/ is tested.

import { defineConfig } from "@playwright/test";

const PORT = 4173;

export default defineConfig({
  testDir: ".",
  outputDir: "results/artifacts",
  // Times are measured, so nothing else may run beside.
  workers: 1,
  timeout: 60_000,
  reporter: "list",
  use: {
    // A folder of the server, as the page has to work from any.
    baseURL: `http://127.0.0.1:${PORT}/dist/`,
    browserName: "chromium",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  webServer: {
    command: `node ../../scripts/static-server.mjs ../.. ${PORT}`,
    url: `http://127.0.0.1:${PORT}/dist/`,
    reuseExistingServer: false,
  },
});
