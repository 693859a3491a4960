// The views beside the sessions: how one gets from one to the other, and the report to hand on.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { drop, expect, report, ROOT, sample, statuses, test } from "./page.mjs";

/** Nobody requires signing in it: alice of LAB at WS1 and FS1. */
const UNSIGNED = "311-nobody-requires.pcapng";

const fragment = (page) => new URL(page.url()).hash;

/** The links to the views. */
const views = (page) => page.getByRole("navigation", { name: "Views" });

/** Opens a sample, and waits until the rules have judged it. */
async function open(page, file = UNSIGNED) {
  await drop(page, [sample(file)]);
  await expect(views(page).getByRole("link", { name: /Findings \d/ })).toBeVisible({ timeout: 30_000 });
}

/** Who and where, in a report on the sample. */
const NAMES = /alice|LAB\b|FS1|WS1|311-nobody|\b10\.\d+\.\d+\.\d+|\b172\.\d+\.\d+\.\d+|\b192\.168\.\d+\.\d+/i;

test("number keys change views, and what was chosen stays", async ({ opened: { page } }) => {
  await open(page);
  const labels = await views(page).getByRole("link").allInnerTexts();
  for (const [place, label] of [...labels.entries()].reverse()) {
    await page.keyboard.press(`${place + 1}`);
    const current = views(page).locator("[aria-current=page]");
    await expect(current).toHaveCount(1);
    expect(await current.innerText()).toBe(label);
    await expect(page.locator("main h1")).toHaveCount(1);
  }
  // The only session was opened by itself, and is open still.
  await expect(page.getByRole("article")).toBeVisible();
  await page.keyboard.press("?");
  const help = await page.getByRole("dialog").innerText();
  for (const name of ["Findings", "Hosts", "Exceptions", "Report"]) expect(help).toContain(name);
});

test("numbers that are typed into a filter stay numbers", async ({ opened: { page } }) => {
  await open(page, "two-sessions-one-connection.pcapng");
  await page.keyboard.press("/");
  await page.keyboard.type("2");
  await expect(page.getByRole("searchbox")).toHaveValue("2");
  expect(fragment(page)).toContain("sessions");
});

test("from a finding to its session, to its findings, and back", async ({ opened: { page } }) => {
  await open(page);
  await views(page).getByRole("link", { name: /Findings/ }).click();
  const first = page.locator(".finding-line__link").first();
  const title = await first.locator(".finding-line__title").innerText();
  await first.click();
  const heading = page.getByRole("article").locator("h2");
  await expect(heading).toHaveText(title);
  await expect(heading).toBeFocused();
  await expect(page.getByRole("textbox", { name: "Wireshark filter" })).toHaveValue(/^frame\.number == \d+/);
  const finding = fragment(page);

  await page.getByRole("article").locator(".session-link").first().click();
  await expect(page.getByRole("article").getByRole("heading", { name: "Why" })).toBeVisible();
  expect(fragment(page)).toMatch(/^#sessions\?session=s1/);

  await page.getByRole("article").getByRole("link", { name: title }).click();
  await expect(heading).toHaveText(title);
  await page.goBack();
  await expect(page.getByRole("article").getByRole("heading", { name: "Why" })).toBeVisible();
  await page.goBack();
  await expect(heading).toHaveText(title);
  expect(fragment(page)).toBe(finding);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("article")).toHaveCount(0);
});

test("the sessions of a finding stand alone in the table", async ({ opened: { page } }) => {
  await drop(page, ["two-sessions-one-connection.pcapng", UNSIGNED, "30-encrypted.pcap"].map(sample));
  await expect(views(page).getByRole("link", { name: /Findings \d/ })).toBeVisible({ timeout: 30_000 });
  const all = (await statuses(page)).length;
  await page.keyboard.press("2");
  const lines = page.locator(".finding-line__link");
  const several = lines.filter({ hasText: /[2-9] sessions/ }).first();
  await several.click();
  const link = page.getByRole("article").getByRole("link", { name: /in the table/ });
  const count = Number((await link.innerText()).match(/\d+/)[0]);
  await link.click();
  await expect(page.locator("tbody .session-row")).toHaveCount(count);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(page.locator("tbody .session-row")).toHaveCount(all);
});

test("a host leads to its sessions, and its findings to it", async ({ opened: { page } }) => {
  await open(page);
  await page.keyboard.press("3");
  const rows = page.locator(".host-table tbody tr");
  await expect(rows).toHaveCount(2);
  // The server stands first.
  await expect(rows.first()).toContainText("does not require signing");
  await rows.first().getByRole("link").click();
  const article = page.getByRole("article");
  await expect(article.getByRole("heading", { name: "As a server" })).toBeVisible();
  await article.getByRole("link", { name: "Show 1 session" }).first().click();
  await expect(page.locator("tbody .session-row")).toHaveCount(1);
  expect(fragment(page)).toMatch(/of-server=\d/);
  // What the capture says does not stand in the address.
  expect(fragment(page)).not.toMatch(NAMES);
});

test("reloading keeps the view and what is looked at, for the capture that is opened next", async ({ opened: { page } }) => {
  await open(page);
  await page.keyboard.press("2");
  await page.locator(".finding-line__link").first().click();
  const title = await page.getByRole("article").locator("h2").innerText();
  const before = fragment(page);
  expect(before).toContain("finding=");
  await page.reload();
  await expect(page.getByText("Open capture", { exact: true })).toBeVisible();
  await drop(page, [sample(UNSIGNED)]);
  await expect(page.getByRole("article").locator("h2")).toHaveText(title);
  expect(fragment(page)).toBe(before);
});

test("every rule is explained, and so is what has none", async ({ opened: { page } }) => {
  await open(page);
  await page.keyboard.press("2");
  await page.getByRole("button", { name: "What is looked for" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("Not looked for")).toBeVisible();
  expect(await dialog.locator("details").count()).toBeGreaterThan(30);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "What is looked for" })).toBeFocused();
});

test("no findings are no proof, and that is said", async ({ opened: { page } }) => {
  await open(page, "311-encrypted.pcapng");
  await page.keyboard.press("2");
  const count = Number((await views(page).getByRole("link", { name: /Findings/ }).innerText()).match(/\d+/)[0]);
  if (count === 0) await expect(page.getByText(/no proof that nothing happened/)).toBeVisible();
  else await expect(page.locator(".finding-line__link").first()).toBeVisible();
});

test("a report names nobody unless it is asked to, and tells which file was read", async ({ opened: { page, requests } }) => {
  await open(page);
  await page.keyboard.press("5");
  const hash = createHash("sha256").update(sample(UNSIGNED).bytes).digest("hex");
  const kinds = ["HTML", "JSON", "CSV of the sessions", "CSV of the hosts", "CSV of the findings"];
  for (const kind of kinds) {
    const { text, name } = await report(page, { kind });
    expect(text.match(NAMES), kind).toBeNull();
    expect(name, kind).not.toContain("311-nobody");
    if (kind === "HTML" || kind === "JSON") expect(text, kind).toContain(hash);
    const open = await report(page, { kind, redacted: false });
    expect(open.name).toContain("311-nobody");
    expect(open.text, kind).toMatch(NAMES);
  }
  expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
});

test("the JSON report has all that its schema asks for", async ({ opened: { page } }) => {
  await open(page, "two-sessions-one-connection.pcapng");
  await page.keyboard.press("5");
  const { text } = await report(page, { kind: "JSON", redacted: false });
  const schema = JSON.parse(readFileSync(join(ROOT, "schema/countersign-report-1.json"), "utf8"));
  const written = JSON.parse(text);
  expect(Object.keys(written).toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  expect(written.sessions).toHaveLength(2);
  expect(`${JSON.stringify(written, null, 2)}\n`.length).toBe(text.length);
});

test("reports under one key replace alike, and under another differently", async ({ opened: { page } }) => {
  await open(page);
  await page.keyboard.press("5");
  const hosts = async (key) => (await report(page, { kind: "CSV of the hosts", key })).text;
  const own = await hosts("");
  expect(await hosts("")).toBe(own);
  await page.getByRole("button", { name: "Show this page's key" }).click();
  const key = await page.getByRole("textbox", { name: "Key of the replacements" }).inputValue();
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await hosts(key)).toBe(own);
  expect(await hosts("ab".repeat(32))).not.toBe(own);
  await page.getByLabel(/A key from an earlier report/).fill("not a key");
  await page.getByRole("button", { name: "Download the report" }).click();
  await expect(page.getByRole("alert")).toContainText("64 hexadecimal digits");
});

test("an exception that is accepted from a host marks it, and is saved, opened and dropped", async ({ opened: { page } }, info) => {
  await open(page);
  await page.keyboard.press("3");
  await page.locator(".host-table tbody tr").first().getByRole("link").click();
  const article = page.getByRole("article");
  await article.getByRole("button", { name: "Accept this as an exception" }).first().click();
  const form = page.getByRole("form", { name: "Add an exception" });
  await expect(form.getByLabel(/Host or network/)).toHaveValue(/\d/);
  await form.getByRole("button", { name: "Accept" }).click();
  await expect(page.getByRole("alert")).toContainText("reason");
  await form.getByLabel("Why it is accepted").fill("old scanner");
  await form.getByLabel("Who answers for it").fill("storage");
  await form.getByRole("button", { name: "Accept" }).click();
  await expect(form).toHaveCount(0);
  await expect(page.getByText(/accepts 1 host/)).toBeVisible();
  await page.keyboard.press("3");
  await expect(page.locator(".host-table tbody tr").first()).toContainText("accepted");

  await page.keyboard.press("4");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
  const path = info.outputPath("exceptions.json");
  await download.saveAs(path);
  const file = JSON.parse(readFileSync(path, "utf8"));
  expect(file.exceptions.map(({ reason, owner, side }) => [reason, owner, side])).toEqual([["old scanner", "storage", "server"]]);

  await page.getByRole("button", { name: /Remove/ }).click();
  await expect(page.getByText("None are accepted")).toBeVisible();
  await drop(page, [{ name: "exceptions.json", bytes: readFileSync(path) }]);
  await expect(page.getByText("old scanner")).toBeVisible();
  await drop(page, [{ name: "exceptions.json", bytes: Buffer.from("{}") }]);
  await expect(page.getByRole("alert")).toContainText("not taken");
  await expect(page.getByText("old scanner")).toBeVisible();
});

test("exceptions are kept in the browser only when that is asked for", async ({ opened: { page } }) => {
  const entry = { host: "10.0.0.5", side: "server", reason: "old scanner", owner: "storage", accepted_on: "2026-01-31" };
  const bytes = Buffer.from(JSON.stringify({ schema: "countersign-exceptions/1", exceptions: [entry] }));
  await open(page);
  await drop(page, [{ name: "exceptions.json", bytes }]);
  await page.keyboard.press("4");
  await expect(page.getByText("old scanner")).toBeVisible();
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await page.getByRole("checkbox", { name: /Keep the exceptions/ }).check();
  await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(1);
  await page.reload();
  await open(page);
  await page.keyboard.press("4");
  await expect(page.getByText("old scanner")).toBeVisible();
  await page.getByRole("checkbox", { name: /Keep the exceptions/ }).uncheck();
  await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
});
