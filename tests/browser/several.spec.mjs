// Several files and folders at once.

import { mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { drop, expect, GALLERY, sample, statuses, test } from "./page.mjs";

/** Drops entries as a browser gives those of real folders: a function of names and contents. */
async function dropFolder(page, name, files) {
  const named = files.map(({ path, bytes }) => ({ path, text: bytes.toString("base64") }));
  await page.evaluate(
    ({ name, named }) => {
      const fileEntry = (path, text) => ({
        isDirectory: false,
        isFile: true,
        fullPath: path,
        file: (told) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          told(new File([bytes], path.split("/").at(-1)));
        },
      });
      const folderEntry = (path) => ({
        isDirectory: true,
        isFile: false,
        fullPath: path,
        createReader: () => {
          const inside = new Map();
          for (const { path: file, text } of named) {
            const whole = `/${name}/${file}`;
            if (!whole.startsWith(`${path}/`)) continue;
            const [first, ...more] = whole.slice(path.length + 1).split("/");
            inside.set(first, more.length ? folderEntry(`${path}/${first}`) : fileEntry(whole, text));
          }
          const entries = [...inside.values()];
          // A folder is told in parts, the last of which is empty.
          return { readEntries: (told) => told(entries.splice(0, 3)) };
        },
      });
      const transfer = new DataTransfer();
      transfer.items.add(new File([], name));
      DataTransferItem.prototype.webkitGetAsEntry = () => folderEntry(`/${name}`);
      const at = document.querySelector("main");
      for (const type of ["dragenter", "dragover", "drop"]) {
        at.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
      }
    },
    { name, named },
  );
}

const SINGLE = GALLERY.filter(({ sessions }) => sessions.length === 1);

test("a folder is read with what is inside, and what is no capture is counted", async ({ opened: { page, requests } }) => {
  const files = SINGLE.slice(0, 4).map(({ file }, place) => ({
    path: place % 2 ? `deep/deeper/${file}` : file,
    bytes: sample(file).bytes,
  }));
  files.push({ path: "notes.txt", bytes: Buffer.from("The quick brown fox. ".repeat(30)) });
  files.push({ path: "deep/.DS_Store", bytes: Buffer.from([0, 0, 0, 1, 66, 117, 100, 49]) });
  await dropFolder(page, "evidence", files);
  expect(await statuses(page)).toHaveLength(4);
  await expect(page.getByText("2 files in the folder are no captures and were left out.")).toBeVisible();
  await page.getByText("About these 4 files").click();
  await expect(page.getByRole("heading", { name: `evidence/${files[0].path}` })).toBeVisible();
  expect(requests).toEqual([]);
});

test("a folder without a capture says so", async ({ opened: { page } }) => {
  await dropFolder(page, "papers", [{ path: "notes.txt", bytes: Buffer.from("Nothing to see here. ".repeat(30)) }]);
  await expect(page.getByRole("heading", { name: "There is no capture in the folder" })).toBeVisible();
});

test("a real folder is read when it is dropped", async ({ opened: { page } }, info) => {
  const folder = info.outputPath("real");
  mkdirSync(join(folder, "inside"), { recursive: true });
  writeFileSync(join(folder, SINGLE[0].file), sample(SINGLE[0].file).bytes);
  writeFileSync(join(folder, "inside", SINGLE[1].file), sample(SINGLE[1].file).bytes);
  writeFileSync(join(folder, "inside", "readme.txt"), "no capture ".repeat(60));
  const session = await page.context().newCDPSession(page);
  const at = { x: 300, y: 300 };
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await session.send("Input.dispatchDragEvent", { type, ...at, data });
  }
  expect(await statuses(page)).toHaveLength(2);
  await expect(page.getByText("1 file in the folder is no capture and was left out.")).toBeVisible();
});

test("evidence names the file that it is in", async ({ opened: { page } }) => {
  const [first, second] = SINGLE;
  await drop(page, [sample(first.file), sample(second.file)]);
  await statuses(page);
  await page.locator("tbody .session-row button").first().click();
  const evidence = page.getByRole("group", { name: "Evidence" });
  await expect(evidence.getByText(new RegExp(`${first.file}|${second.file}`)).first()).toBeVisible();
});

test("one file that is no capture does not lose the others", async ({ opened: { page } }) => {
  await drop(page, [{ name: "notes.txt", bytes: Buffer.from("The quick brown fox. ".repeat(30)) }, sample(SINGLE[0].file)]);
  expect(await statuses(page)).toHaveLength(1);
  await expect(page.getByText(/notes\.txt/).first()).toBeAttached();
});

test("many files are one run", async ({ opened: { page } }) => {
  test.slow();
  const { bytes } = sample("guest.pcap");
  const header = bytes.subarray(0, 24);
  const files = [];
  for (let session = 0; session < 8; session += 1) {
    for (let at = 24; at < bytes.length; ) {
      const end = at + 16 + bytes.readUInt32LE(at + 8);
      const record = Buffer.from(bytes.subarray(at, end));
      record.writeUInt32LE(record.readUInt32LE(0) + session, 0);
      // Another network for both ends: the third number of each IPv4 address.
      record[16 + 28] = session;
      record[16 + 32] = session;
      files.push({ name: `${files.length}.pcap`, bytes: Buffer.concat([header, record]) });
      at = end;
    }
  }
  expect(files.length).toBeGreaterThan(400);
  await drop(page, files);
  expect(await statuses(page)).toEqual(Array(8).fill("Unsigned guest"));
});

test("a folder is opened with a button", async ({ opened: { page } }, info) => {
  const folder = info.outputPath("chosen");
  mkdirSync(join(folder, "inside"), { recursive: true });
  writeFileSync(join(folder, SINGLE[0].file), sample(SINGLE[0].file).bytes);
  writeFileSync(join(folder, "inside", SINGLE[1].file), sample(SINGLE[1].file).bytes);
  writeFileSync(join(folder, "inside", "readme.txt"), "no capture ".repeat(60));
  await page.getByLabel("Open folder").setInputFiles(folder);
  expect(await statuses(page)).toHaveLength(2);
  await expect(page.getByText("1 file in the folder is no capture and was left out.")).toBeVisible();
  await expect(page.locator(".session-row__capture").getByText(`chosen/inside/${SINGLE[1].file}`)).toBeVisible();
});

test("a row names its file where there are several", async ({ opened: { page } }) => {
  const files = SINGLE.slice(0, 2).map(({ file }) => file);
  await drop(page, files.map(sample));
  await statuses(page);
  const named = await page.locator(".session-row__capture").allInnerTexts();
  expect(named.toSorted()).toEqual(files.toSorted());
  await page.getByRole("button", { name: "Close capture" }).click();
  await drop(page, [sample(files[0])]);
  await statuses(page);
  await expect(page.locator(".session-row__capture")).toHaveCount(0);
});

test("what is told about many files leaves the sessions in reach", async ({ opened: { page } }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await drop(page, SINGLE.slice(0, 8).map(({ file }) => sample(file)));
  await statuses(page);
  await page.getByText("About these 8 files").click();
  const list = page.getByRole("region", { name: "About these 8 files" });
  const { height, inside } = await list.evaluate((it) => ({ height: it.clientHeight, inside: it.scrollHeight }));
  expect(height).toBeLessThanOrEqual(800 * 0.4 + 1);
  expect(inside).toBeGreaterThan(height);
  await list.focus();
  await page.keyboard.press("End");
  await expect.poll(() => list.evaluate((it) => it.scrollTop)).toBeGreaterThan(0);
  await expect(page.locator("tbody .session-row").first()).toBeInViewport();
});

test("a file that was taken away is unreadable, not empty", async ({ opened: { page } }, info) => {
  const path = info.outputPath("gone.pcap");
  writeFileSync(path, sample("guest.pcap").bytes);
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement("input"));
    Object.assign(field, { type: "file", id: "aside" });
  });
  await page.locator("#aside").setInputFiles(path);
  unlinkSync(path);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(document.querySelector("#aside").files[0]);
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
  });
  await expect(page.getByRole("heading", { name: "The file could not be read" })).toBeVisible();
});
