// Every view against axe's rules, in light and in dark.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { drop, expect, GALLERY, sample, statuses, test } from "./page.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with each rule that the page breaks, and where. */
async function expectAccessible(page, view) {
  // Colours that are still changing would be measured half way.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  const violations = await page.evaluate(async (source) => {
    // The policy forbids scripts of others; the browser's own tools are not bound by it.
    if (!window.axe) (0, eval)(source);
    const { violations } = await window.axe.run(document, { preload: false, resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
  }, AXE);
  expect(violations, view).toEqual([]);
}

for (const colorScheme of ["light", "dark"]) {
  test(`no violations in ${colorScheme}`, async ({ opened: { page } }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(page, "landing");

    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page, "keys");
    await page.keyboard.press("Escape");

    await drop(page, [{ name: "notes.txt", bytes: Buffer.from("only text\n".repeat(20)) }]);
    await expect(page.getByRole("alert")).toBeVisible();
    await expectAccessible(page, "not a capture");

    await drop(page, GALLERY.map(({ file }) => sample(file)));
    await statuses(page);
    await expectAccessible(page, "sessions");

    const rows = page.locator("tbody .session-row");
    for (const place of [0, 3, 6]) {
      await rows.nth(place).getByRole("button").click();
      await expect(page.locator("article h2").first()).toBeVisible();
      await expectAccessible(page, `session ${place}`);
      await page.keyboard.press("Escape");
    }

    // The other views, each with the first thing in it opened.
    const views = page.getByRole("navigation", { name: "Views" }).getByRole("link");
    await expect(views.nth(1)).toHaveText(/\d/);
    for (let view = 1; view < (await views.count()); view += 1) {
      await views.nth(view).click();
      const name = await views.nth(view).innerText();
      await expectAccessible(page, name);
      const thing = page.locator(".finding-line__link, .host-table a").first();
      if (await thing.count()) {
        await thing.click();
        await expect(page.getByRole("article")).toBeVisible();
        await expectAccessible(page, `${name}, opened`);
      }
      const add = page.getByRole("button", { name: "Add an exception" });
      if (await add.count()) {
        await add.click();
        await expectAccessible(page, `${name}, added to`);
      }
    }
    await views.nth(1).click();
    await page.getByRole("button", { name: "What is looked for" }).click();
    await expect(page.getByRole("dialog").getByText("Not looked for")).toBeVisible();
    await page.getByRole("dialog").locator("summary").first().click();
    await expectAccessible(page, "rules");
  });
}

test("the page fits a narrow screen and a wide one", async ({ opened: { page } }) => {
  for (const width of [360, 768, 3840]) {
    await page.setViewportSize({ width, height: 800 });
    await drop(page, [sample(GALLERY[0].file)]);
    // The only session opens by itself, on a narrow screen in place of the list.
    await expect(page.getByRole("article")).toBeVisible({ timeout: 30_000 });
    const views = page.getByRole("navigation", { name: "Views" }).getByRole("link");
    await expect(views.nth(1)).toHaveText(/\d/);
    for (let view = 0; view < (await views.count()); view += 1) {
      await views.nth(view).click();
      for (const opens of [false, true]) {
        const thing = page.locator(".finding-line__link, .host-table a").first();
        if (opens && (await thing.count())) await thing.click();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, `view ${view} at ${width} pixels`).toBeLessThanOrEqual(0);
        await page.keyboard.press("Escape");
      }
    }
  }
});
