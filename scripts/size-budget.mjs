// Fails where the page is larger than it may be. Sizes are in bytes, raw and with brotli.
//
//   node scripts/size-budget.mjs dist
//
// WebAssembly travels as text inside scripts; it is measured by itself too, for that is what grows
// with the source.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync } from "node:zlib";

const KB = 1000;

// What may be at most, with brotli.
const BUDGET = { "page wasm": 290 * KB, "worker wasm": 715 * KB, "first load": 1060 * KB };

// What is loaded only when somebody asks for it.
const ON_DEMAND = /^samples?\//;

/** Every file under `folder` that is served. */
function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name.startsWith(".")) return [];
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

/** The WebAssembly that a script carries, or null: each byte is a character (src/bin/seal.rs). */
function wasmOf(script) {
  const start = 'export default "';
  if (!script.startsWith(`${start}\0asm`)) return null;
  const escapes = { n: "\n", r: "\r" };
  const text = script.slice(start.length, script.lastIndexOf('"'));
  return Buffer.from(text.replace(/\\(.)/g, (_, letter) => escapes[letter] ?? letter), "latin1");
}

const sizes = {};
/** Adds `bytes` to what is called `name`. */
function add(name, bytes) {
  const size = (sizes[name] ??= { raw: 0, brotli: 0 });
  size.raw += bytes.length;
  size.brotli += brotliCompressSync(bytes).length;
}

const dist = process.argv[2] ?? "dist";
for (const path of files(dist)) {
  const name = relative(dist, path);
  const bytes = readFileSync(path);
  const wasm = name.endsWith(".js") ? wasmOf(bytes.toString("utf8")) : name.endsWith(".wasm") ? bytes : null;
  if (wasm) add(name.includes("worker") ? "worker wasm" : "page wasm", wasm);
  add(ON_DEMAND.test(name) ? "on demand" : "first load", bytes);
}

let failed = false;
for (const [name, { raw, brotli }] of Object.entries(sizes)) {
  const bound = BUDGET[name];
  const over = bound !== undefined && brotli > bound;
  failed ||= over;
  const allowed = bound === undefined ? "" : ` of ${bound}`;
  console.log(`${name.padEnd(12)} ${String(raw).padStart(9)} raw ${String(brotli).padStart(8)} brotli${allowed}${over ? "  TOO LARGE" : ""}`);
}
for (const name of Object.keys(BUDGET)) {
  if (!(name in sizes)) {
    console.log(`${name}: not found`);
    failed = true;
  }
}
process.exit(failed ? 1 : 0);
