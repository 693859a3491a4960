// What the tests of the page share: how a person opens captures, and what they read.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { test as base, expect } from "@playwright/test";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const SAMPLES = join(ROOT, "samples");

/** The samples, each with the statuses of its sessions. */
export const GALLERY = JSON.parse(readFileSync(join(SAMPLES, "gallery.json"), "utf8"));

/** What a person reads for a status. */
export const LABELS = {
  signing_violated: "Signing violated",
  unsigned: "Unsigned",
  unsigned_setup_only: "Unsigned, setup signed",
  unsigned_guest: "Unsigned guest",
  unsigned_anonymous: "Unsigned anonymous",
  selective: "Partly signed",
  encrypted_partly: "Partly encrypted",
  signed_unverified: "Signed, unverified",
  encrypted: "Encrypted",
  baseline_only: "Setup only",
  no_session: "No session",
  unknown: "Undetermined",
};

/** A page that is loaded, with every request since then, and without errors at its end. */
export const test = base.extend({
  opened: async ({ page }, use) => {
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.addInitScript(watch);
    await page.goto("./");
    await expect(page.getByText("Open capture", { exact: true })).toBeVisible();
    await page.waitForLoadState("networkidle");
    const requests = [];
    page.context().on("request", (request) => requests.push(request.url()));
    await use({ page, requests, errors });
    expect(errors, "errors of the page").toEqual([]);
  },
});

export { expect };

/** Runs in the page before its own code: notes when things happen, in milliseconds. */
function watch() {
  const seen = { terminated: [], violations: [], opened: null, firstRow: null, complete: null, clicked: null };
  window.seen = seen;
  const open = () => {
    seen.opened = performance.now();
    seen.firstRow = seen.complete = null;
  };
  addEventListener("drop", open, { capture: true });
  addEventListener("change", open, { capture: true });
  addEventListener("click", () => (seen.clicked = performance.now()), { capture: true });
  document.addEventListener("securitypolicyviolation", (event) => seen.violations.push(event.effectiveDirective));
  const terminate = Worker.prototype.terminate;
  Worker.prototype.terminate = function () {
    terminate.call(this);
    seen.terminated.push(performance.now());
  };
  new MutationObserver(() => {
    if (seen.opened === null) return;
    if (seen.firstRow === null && document.querySelector(".session-row")) {
      seen.firstRow = Infinity;
      requestAnimationFrame(() => (seen.firstRow = performance.now()));
    }
    if (seen.complete === null && document.querySelector("[role=search]")) {
      seen.complete = performance.now();
      dispatchEvent(new Event("seen-complete"));
    }
  }).observe(document, { childList: true, subtree: true });
}

/** Drops files, given by name and bytes, on the page as a whole. */
export async function drop(page, files) {
  const named = files.map(({ name, bytes }) => ({ name, text: bytes.toString("base64") }));
  await page.evaluate((named) => {
    const transfer = new DataTransfer();
    for (const { name, text } of named) {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    const at = document.querySelector("main") ?? document.body;
    for (const type of ["dragenter", "dragover", "drop"]) {
      at.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, named);
}

/** A sample as a file to drop. */
export function sample(name) {
  return { name, bytes: readFileSync(join(SAMPLES, name)) };
}

/** Chooses files, given by path, with the page's file field. */
export async function choose(page, paths) {
  await page.locator("input[type=file]").first().setInputFiles(paths);
}

/** Waits until the table of sessions is complete, and gives the statuses in it. */
export async function statuses(page) {
  await expect(page.getByRole("search")).toBeVisible({ timeout: 30_000 });
  return page.locator("tbody .session-row .signing-badge").allInnerTexts();
}

/** Has a report written in the view of reports, and gives its text and what it is called. */
export async function report(page, { kind = "HTML", redacted = true, key } = {}) {
  await page.getByRole("radio", { name: kind, exact: true }).check();
  await page.getByRole("checkbox", { name: /Replace names/ }).setChecked(redacted);
  if (key !== undefined) {
    await page.locator("details").evaluate((details) => (details.open = true));
    await page.getByLabel(/A key from an earlier report/).fill(key);
  }
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the report" }).click(),
  ]);
  return { text: readFileSync(await download.path(), "utf8"), name: download.suggestedFilename() };
}
