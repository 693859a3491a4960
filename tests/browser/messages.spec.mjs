// The messages of a session one by one: listed when somebody asks, told by state, filtered.

import { drop, expect, sample, statuses, test } from "./page.mjs";

const SIGNED = "311-server-requires.pcapng";

const list = (page) => page.getByRole("article").getByRole("button", { name: "List the messages" });
const rows = (page) => page.locator(".message-list__table tbody tr");

test("messages are listed when somebody asks, without opening the file again", async ({ opened: { page, requests } }) => {
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await expect(rows(page)).toHaveCount(0);
  await list(page).click();
  await expect(rows(page).first()).toBeVisible({ timeout: 30_000 });
  // The first request has no SessionId yet, so it counts for no session.
  await expect(rows(page).first()).toContainText("server → client");
  await expect(page.locator(".message-list__table")).toContainText("signature unchecked: no secret was given");
  expect(requests).toEqual([]);
});

test("with a password they are verified, and a filter leaves the others", async ({ opened: { page } }) => {
  await drop(page, [
    sample(SIGNED),
    { name: "s.toml", bytes: Buffer.from('[[password]]\nuser = "alice"\npassword = "Harbour-Lantern-41"\n') },
  ]);
  await statuses(page);
  await expect(page.locator("tbody .session-row .signing-badge")).toHaveText(["Signed, verified"], { timeout: 30_000 });
  await list(page).click();
  await expect(page.locator(".message-list__table")).toContainText("signature verified", { timeout: 30_000 });
  await page.getByLabel("Only those that are not verified").check();
  await expect(page.locator(".message-list__table")).not.toContainText("signature verified");
  await expect(rows(page).first()).toBeVisible();
  await page.getByLabel("Only those that are not verified").uncheck();
  await expect(page.locator(".message-list__table")).toContainText("signature verified");
});

test("by keyboard alone", async ({ opened: { page } }) => {
  await drop(page, [sample(SIGNED)]);
  await statuses(page);
  await list(page).focus();
  await page.keyboard.press("Enter");
  await expect(rows(page).first()).toBeVisible({ timeout: 30_000 });
  await page.getByLabel("Only those that are not verified").focus();
  await page.keyboard.press("Space");
  await expect(page.getByLabel("Only those that are not verified")).toBeChecked();
});
