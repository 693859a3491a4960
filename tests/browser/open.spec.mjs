// Opening captures: every sample, broken files, the same file again, cancelling.

import { choose, drop, expect, GALLERY, LABELS, sample, SAMPLES, statuses, test } from "./page.mjs";

for (const entry of GALLERY) {
  test(`${entry.file} dropped shows the status of its sessions`, async ({ opened: { page, requests } }) => {
    await drop(page, [sample(entry.file)]);
    const expected = entry.sessions.map((status) => LABELS[status]).toSorted();
    // The rows come from the worker after the table is there.
    await expect.poll(async () => (await statuses(page)).toSorted()).toEqual(expected);
    expect(requests).toEqual([]);
  });
}

test("a sample of the gallery opens with one request to the page's own server", async ({ opened }) => {
  const { page, requests } = opened;
  const entry = GALLERY.find(({ sessions }) => sessions.length === 1);
  await page.getByRole("button", { name: entry.title }).click();
  expect(await statuses(page)).toEqual([LABELS[entry.sessions[0]]]);
  expect(requests).toHaveLength(1);
  expect(new URL(requests[0]).origin).toBe(new URL(page.url()).origin);
});

test("several files are one run", async ({ opened: { page } }) => {
  const [first, second] = GALLERY.filter(({ sessions }) => sessions.length === 1);
  await drop(page, [sample(first.file), sample(second.file)]);
  expect(await statuses(page)).toHaveLength(2);
});

test("the same file can be chosen twice", async ({ opened: { page } }) => {
  const [entry] = GALLERY;
  for (let time = 0; time < 2; time += 1) {
    await choose(page, [`${SAMPLES}/${entry.file}`]);
    expect(await statuses(page)).toEqual(entry.sessions.map((status) => LABELS[status]));
  }
});

test("the same file can be dropped over its own result", async ({ opened: { page } }) => {
  const [entry] = GALLERY;
  for (let time = 0; time < 2; time += 1) {
    await drop(page, [sample(entry.file)]);
    expect(await statuses(page)).toEqual(entry.sessions.map((status) => LABELS[status]));
  }
});

test("a file that is no capture says what it looks like, and the next one is read", async ({ opened: { page } }) => {
  await drop(page, [{ name: "notes.txt", bytes: Buffer.from("The quick brown fox jumps over the lazy dog.\n".repeat(50)) }]);
  await expect(page.getByRole("alert")).toContainText("text");
  await drop(page, [{ name: "empty.pcap", bytes: Buffer.alloc(0) }]);
  await expect(page.getByRole("alert")).toContainText("empty");
  const [entry] = GALLERY;
  await drop(page, [sample(entry.file)]);
  expect(await statuses(page)).toEqual(entry.sessions.map((status) => LABELS[status]));
});

test("a capture that breaks off shows what was read, and the problem", async ({ opened: { page } }) => {
  const entry = GALLERY.find(({ sessions }) => sessions.length === 1);
  const { name, bytes } = sample(entry.file);
  await drop(page, [{ name, bytes: bytes.subarray(0, bytes.length - 10) }]);
  expect(await statuses(page)).toHaveLength(1);
  await expect(page.getByText(/ends|breaks off|cut/i).first()).toBeVisible();
});

test("a capture without packets says why there is nothing, and what to do", async ({ opened: { page } }) => {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  await drop(page, [{ name: "empty.pcap", bytes: header }]);
  await expect(page.getByText(/no packet/i).first()).toBeVisible();
  await expect(page.getByText(/capture filter/i).first()).toBeVisible();
});

test("an open session scrolls by itself, and the page around it does not", async ({ opened: { page } }) => {
  await page.setViewportSize({ width: 1280, height: 700 });
  await drop(page, [sample("311-server-requires.pcapng")]);
  await expect(page.getByRole("article")).toBeVisible();
  const beyond = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
  expect(beyond).toBeLessThanOrEqual(0);
});
