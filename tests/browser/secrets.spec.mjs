// Secrets: given in the page, used without opening the file again, kept nowhere, forgotten.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { drop, expect, report, sample, statuses, test } from "./page.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const SIGNED = "311-server-requires.pcapng";
const ENCRYPTED = "311-encrypted.pcapng";
const KERBEROS = "kerberos.pcapng";

// The samples' own credentials, from samples/README.md.
const ALICE = "Harbour-Lantern-41";

const badges = (page) => page.locator("tbody .session-row .signing-badge");

/** Opens the dialog and types a password. */
async function give(page, { user = "", password }) {
  const dialog = page.getByRole("dialog");
  if (!(await dialog.isVisible())) await page.locator(".secrets-bar > button").click();
  await dialog.getByLabel("Kind of secret").selectOption({ label: "Password" });
  await dialog.getByLabel("User").fill(user);
  await dialog.getByLabel("Domain").fill("");
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
}

/** Everything that a page can keep or show, as one text; fields included. */
function kept(page) {
  return page.evaluate(async () => {
    const fields = [...document.querySelectorAll("input, textarea")].map((field) => field.value);
    const databases = (await indexedDB.databases?.()) ?? [];
    const caches = "caches" in window ? await window.caches.keys() : [];
    return JSON.stringify([
      location.href,
      history.state,
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      databases,
      caches,
      fields,
      document.documentElement.outerHTML,
    ]);
  });
}

test("a password verifies and decrypts what is open, without opening it again", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED), sample(ENCRYPTED)]);
  expect((await statuses(page)).sort()).toEqual(["Encrypted", "Signed, unverified"]);
  await give(page, { user: "alice", password: ALICE });
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("password of alice: right for 2 sessions");
  // The field is empty for the next secret.
  await expect(dialog.getByLabel("Password", { exact: true })).toHaveValue("");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect.poll(async () => (await badges(page).allInnerTexts()).sort()).toEqual(["Encrypted, verified", "Signed, verified"]);
  await page.getByRole("row", { name: /Signed, verified/ }).getByRole("button").click();
  const detail = page.getByRole("article");
  await expect(detail).toContainText("Password of alice");
  await expect(detail.getByRole("row", { name: /From client/ }).first()).toBeVisible();
});

test("a wrong password is said, and can be forgotten", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await give(page, { user: "alice", password: "not-her-password" });
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("password of alice: wrong for 1 session");
  await dialog.getByRole("button", { name: "Done" }).click();
  const detail = page.getByRole("article");
  await expect(detail).toContainText("this password of alice did not make alice's response");
  await page.getByRole("button", { name: "Secrets", exact: true }).click();
  await dialog.getByRole("button", { name: "Forget password of alice" }).click();
  await expect(dialog).toContainText("None yet.");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(detail).not.toContainText("did not make");
  await expect(badges(page)).toHaveText(["Signed, unverified"]);
});

test("a session fills in its account", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED)]);
  await page.getByRole("article").getByRole("button", { name: "Add a secret" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("User")).toHaveValue("alice");
  await expect(dialog.getByLabel("Domain")).toHaveValue("LAB");
  await dialog.getByLabel("Kind of secret").selectOption({ label: "Session key" });
  await expect(dialog.getByLabel("SessionId", { exact: false }).first()).toHaveValue(/^0x[0-9a-f]{16}$/);
  await expect(dialog.getByLabel("Server")).toHaveValue("10.77.0.2:445");
});

test("errors say what and where, and nothing of the secret", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await page.locator(".secrets-bar > button").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Kind of secret").selectOption({ label: "NT hash" });
  await dialog.getByLabel("NT hash", { exact: false }).last().fill("c0ffee");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("3 bytes instead of 16");
  await dialog.getByLabel("Kind of secret").selectOption({ label: "Text of a secrets file" });
  await dialog.getByLabel("Text").fill('[[password]]\npassword = "one-of-mine\n');
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText(/line 2/i);
  const said = await dialog.getByRole("alert").innerText();
  expect(said).not.toMatch(/c0ffee|one-of-mine/);
});

test("a keytab that is dropped is a secret and no capture", async ({ opened: { page } }) => {
  await drop(page, [sample("fs1.keytab")]);
  await expect(page.getByText("This is a file with secrets")).toBeVisible();
  await drop(page, [sample(KERBEROS)]);
  await statuses(page);
  await drop(page, [sample("fs1.keytab")]);
  await expect(badges(page)).toHaveText(["Signed, verified"], { timeout: 30_000 });
  await drop(page, [{ name: "more.toml", bytes: Buffer.from('[[password]]\nuser = "bob"\npassword = "x"\n') }]);
  await page.getByRole("button", { name: "Secrets", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("more.toml");
  await expect(dialog).toContainText("password of bob: not used");
  await dialog.getByRole("button", { name: "Forget all" }).click();
  await expect(dialog).toContainText("None yet.");
  await page.keyboard.press("Escape");
  await expect(badges(page)).toHaveText(["Signed, unverified"]);
});

test("captures and their secrets are dropped together", async ({ opened: { page } }) => {
  await drop(page, [sample(KERBEROS), sample("fs1.keytab")]);
  await statuses(page);
  await expect(badges(page)).toHaveText(["Signed, verified"], { timeout: 30_000 });
});

test("no secret is kept, shown, requested or written, and closing forgets it", async ({ opened }) => {
  const { page, requests } = opened;
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await give(page, { user: "alice", password: ALICE });
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("right for 1 session");
  expect(await kept(page)).not.toContain(ALICE);
  // What is typed and not given goes with the dialog.
  await dialog.getByLabel("Password", { exact: true }).fill("typed-and-left");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  expect(await kept(page)).not.toMatch(/Harbour-Lantern|typed-and-left/);
  await page.getByRole("link", { name: "Report" }).click();
  const { text: json } = await report(page, { kind: "JSON", redacted: false });
  expect(json).toContain("signed_verified");
  expect(json).not.toContain(ALICE);
  const { text: html } = await report(page, { redacted: false });
  expect(html).toContain("alice");
  expect(html).not.toContain(ALICE);
  await page.getByRole("button", { name: /^Close capture/ }).click();
  expect(await kept(page)).not.toContain(ALICE);
  await drop(page, [sample(SIGNED)]);
  expect(await statuses(page)).toEqual(["Signed, unverified"]);
  await expect(page.locator(".secrets-bar > button")).toHaveText("Add a secret");
  expect(said.join("\n")).not.toContain(ALICE);
  // A download is a Blob of the page, which no server sees.
  expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
});

test("by keyboard alone", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await page.locator(".secrets-bar > button").focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  const tabTo = async (selector) => {
    for (let step = 0; step < 20; step += 1) {
      if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`Tab never reached ${selector}`);
  };
  await tabTo("#secret-user");
  await page.keyboard.type("alice");
  await tabTo("#secret-password");
  // Keys of the page mean nothing while a secret is typed.
  await page.keyboard.type(ALICE);
  await page.keyboard.press("Enter");
  await expect(dialog).toContainText("right for 1 session");
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
  await expect(page.locator(".secrets-bar > button")).toBeFocused();
  await expect(page.getByRole("article")).toBeVisible();
});

for (const colorScheme of ["light", "dark"]) {
  test(`the dialog and what was verified break none of axe's rules, in ${colorScheme}`, async ({ opened: { page } }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await drop(page, [sample(SIGNED)]);
    await statuses(page);
    const check = async (view) => {
      await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
      const violations = await page.evaluate(async (source) => {
        if (!window.axe) (0, eval)(source);
        const { violations } = await window.axe.run(document, { preload: false, resultTypes: ["violations"] });
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("; ")}`);
      }, AXE);
      expect(violations, view).toEqual([]);
    };
    await page.locator(".secrets-bar > button").click();
    const kinds = page.getByLabel("Kind of secret");
    for (const value of await kinds.locator("option").evaluateAll((options) => options.map(({ value }) => value))) {
      await kinds.selectOption(value);
      await check(`kind ${value}`);
    }
    await give(page, { user: "alice", password: "wrong" });
    await expect(page.getByRole("dialog")).toContainText("wrong for 1 session");
    await check("a secret was given");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("article")).toContainText("Wrong secret");
    await check("a wrong secret in the session");
  });
}

test("the dialog fits a narrow screen", async ({ opened: { page } }) => {
  await page.setViewportSize({ width: 360, height: 700 });
  await drop(page, [sample(SIGNED)]);
  await page.getByRole("article").getByRole("button", { name: "Add a secret" }).click();
  const overflow = await page.getByRole("dialog").evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
