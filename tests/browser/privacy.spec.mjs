// Nothing leaves the page: what its policy blocks, and what its code does not even try.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { drop, expect, GALLERY, ROOT, sample, statuses, test } from "./page.mjs";

/** Tries ways out of a page or a worker, and says for each whether it was blocked. */
async function tryToLeave(base) {
  const attempts = {
    fetchOwn: () => fetch(base),
    fetchOther: () => fetch("http://localhost:4173/"),
    request: () =>
      new Promise((done, blocked) => {
        const request = new XMLHttpRequest();
        request.open("GET", base);
        request.onload = done;
        request.onerror = blocked;
        request.send();
      }),
    socket: () =>
      new Promise((done, blocked) => {
        const socket = new WebSocket(base.replace("http", "ws"));
        socket.onopen = done;
        socket.onerror = blocked;
      }),
  };
  const results = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      results[name] = "went";
    } catch {
      results[name] = "blocked";
    }
  }
  return results;
}

const ALL_BLOCKED = { fetchOwn: "blocked", fetchOther: "blocked", request: "blocked", socket: "blocked" };

test("the policy blocks every connection of the page", async ({ page }) => {
  await page.goto("./");
  await page.waitForLoadState("networkidle");
  const requests = [];
  page.context().on("request", (request) => requests.push(request));
  expect(await page.evaluate(tryToLeave, page.url())).toEqual(ALL_BLOCKED);
  // Pictures may come from the page's own folder, as its icon does, and from nowhere else.
  const picture = await page.evaluate(
    () =>
      new Promise((done) => {
        const picture = new Image();
        picture.onload = () => done("went");
        picture.onerror = () => done("blocked");
        picture.src = "http://localhost:4173/dist/icon.svg";
      }),
  );
  expect(picture).toBe("blocked");
  const answered = await Promise.all(requests.map((request) => request.response().catch(() => null)));
  expect(answered.filter(Boolean)).toEqual([]);
});

test("the policy blocks every connection of the worker", async ({ page }) => {
  await page.goto("./");
  await drop(page, [sample(GALLERY[0].file)]);
  await statuses(page);
  const [worker] = page.workers();
  expect(worker, "the worker stays for questions").toBeDefined();
  expect(await worker.evaluate(tryToLeave, page.url())).toEqual(ALL_BLOCKED);
});

test("nothing is requested after the page is loaded, whatever is opened and looked at", async ({ opened }) => {
  const { page, requests } = opened;
  await drop(page, GALLERY.map(({ file }) => sample(file)));
  await statuses(page);
  await page.locator("tbody .session-row").first().getByRole("button").click();
  await expect(page.locator("article h2").first()).toBeVisible();
  for (const key of ["2", "3", "4", "5", "1"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(200);
  }
  await page.waitForTimeout(300);
  expect(requests).toEqual([]);
  expect(await page.evaluate(() => window.seen.violations)).toEqual([]);
});

test("captures open with the network switched off", async ({ opened: { page } }) => {
  await page.context().setOffline(true);
  await drop(page, [sample(GALLERY[0].file)]);
  expect(await statuses(page)).toHaveLength(GALLERY[0].sessions.length);
});

test("the page keeps nothing in the browser", async ({ opened: { page } }) => {
  await drop(page, [sample(GALLERY[0].file)]);
  await statuses(page);
  expect(await page.context().cookies()).toEqual([]);
  const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]);
  expect(kept).toEqual([0, 0, 0]);
});

test("the policy is in the page and lets nothing be connected to", async ({ opened: { page } }) => {
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  for (const directive of ["default-src 'none'", "connect-src 'none'", "base-uri 'none'", "form-action 'none'"]) {
    expect(policy).toContain(directive);
  }
  expect(policy).not.toContain("unsafe-inline");
  expect(policy).not.toMatch(/'unsafe-eval'|https?:|\*/);
});

test("the built scripts call nothing that the policy could not stop", async () => {
  const scripts = (folder) =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return scripts(path);
      return name.endsWith(".js") ? [path] : [];
    });
  const ways = [/\bwindow\.open\b/, /\blocation\s*=[^=]/, /\blocation\.(href|assign|replace)\b\s*[=(]/, /\bsendBeacon\b/, /\.submit\(/];
  for (const path of scripts(join(ROOT, "dist"))) {
    // WebAssembly and samples travel as long strings, in which anything may stand.
    const text = readFileSync(path, "utf8").replace(/"[A-Za-z0-9+/=]{200,}"/g, '""');
    for (const way of ways) expect(text, `${path}: ${way}`).not.toMatch(way);
  }
});
