// Everything by keyboard alone.

import { drop, expect, GALLERY, LABELS, sample, SAMPLES, statuses, test } from "./page.mjs";

/** Presses Tab until what has the focus matches `selector`. */
async function tabTo(page, selector) {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
  }
  throw new Error(`Tab never reached ${selector}`);
}

/** What has the focus shows it. */
async function focusIsVisible(page) {
  return page.evaluate(() => {
    // A field inside its label shows the focus on the label.
    for (const element of [document.activeElement, document.activeElement.closest("label, tr, th")]) {
      if (!element) continue;
      const style = getComputedStyle(element);
      if ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none") return true;
    }
    return false;
  });
}

test("the file field opens by keyboard", async ({ opened: { page } }) => {
  await tabTo(page, "input[type=file]");
  expect(await focusIsVisible(page)).toBe(true);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await chooser.setFiles(`${SAMPLES}/${GALLERY[0].file}`);
  expect(await statuses(page)).toEqual(GALLERY[0].sessions.map((status) => LABELS[status]));
});

test("a sample, its session and back, by keyboard", async ({ opened: { page } }) => {
  await tabTo(page, ".sample-list__card");
  expect(await focusIsVisible(page)).toBe(true);
  await page.keyboard.press("Enter");
  await statuses(page);
  // The focus is on the heading of what opened.
  await expect(page.locator("h1")).toBeFocused();
  await tabTo(page, "tbody button");
  expect(await focusIsVisible(page)).toBe(true);
  await page.keyboard.press("Enter");
  await expect(page.locator("article h2").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.locator("article")).toHaveCount(0);
});

test("arrows go from session to session, and the focus goes with them", async ({ opened: { page } }) => {
  const files = GALLERY.filter(({ sessions }) => sessions.length === 1).slice(0, 4);
  await drop(page, files.map(({ file }) => sample(file)));
  await statuses(page);
  await tabTo(page, "tbody button");
  const row = () => page.evaluate(() => document.activeElement.closest("tr")?.getAttribute("aria-rowindex"));
  const first = await row();
  await page.keyboard.press("ArrowDown");
  await expect.poll(row).not.toBe(first);
  await page.keyboard.press("End");
  await expect.poll(row).toBe(String(files.length + 1));
  await page.keyboard.press("Home");
  await expect.poll(row).toBe("2");
});

test("/ goes to the filter, and ? lists the keys", async ({ opened: { page } }) => {
  const files = GALLERY.filter(({ sessions }) => sessions.length === 1).slice(0, 3);
  await drop(page, files.map(({ file }) => sample(file)));
  await statuses(page);
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("no such thing");
  await expect(page.locator("tbody .signing-badge")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.getByRole("heading").first().focus();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("columns sort by their headings", async ({ opened: { page } }) => {
  const files = GALLERY.filter(({ sessions }) => sessions.length === 1).slice(0, 5);
  await drop(page, files.map(({ file }) => sample(file)));
  await statuses(page);
  // A narrow screen leaves some columns out.
  await page.setViewportSize({ width: 1920, height: 1000 });
  const headings = page.locator("thead th");
  for (let column = 0; column < (await headings.count()); column += 1) {
    const heading = headings.nth(column);
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await expect(heading).toHaveAttribute("aria-sort", /ascending|descending/);
    const before = await heading.getAttribute("aria-sort");
    await page.keyboard.press("Enter");
    await expect(heading).not.toHaveAttribute("aria-sort", before);
  }
});
