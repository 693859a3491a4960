// Fails where what the page's first visit loads is larger than it may be. Sizes are in bytes, raw
// and as a web server would send them with brotli.
//
//   node scripts/size-budget.mjs dist

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const KB = 1000;

// Each file of dist/ falls under the first rule whose pattern matches its path.
const RULES = [
  { name: "samples", pattern: /^samples?\//, onDemand: true },
  { name: "worker", pattern: /worker/, brotli: 260 * KB },
  { name: "page", pattern: /\.(js|wasm)$/, brotli: 220 * KB },
  { name: "rest", pattern: /./ },
];
const FIRST_LOAD_BROTLI = 550 * KB;

/** Every file under `folder`. */
function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

const dist = process.argv[2] ?? "dist";
const sums = new Map(RULES.map((rule) => [rule, { raw: 0, brotli: 0 }]));
for (const path of files(dist)) {
  const rule = RULES.find((candidate) => candidate.pattern.test(relative(dist, path)));
  const bytes = readFileSync(path);
  const sum = sums.get(rule);
  sum.raw += bytes.length;
  sum.brotli += brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
}

let failed = 0;
/** Prints one line, and notes where it is over its bound. */
function line(name, { raw, brotli }, bound) {
  const over = bound !== undefined && brotli > bound;
  if (over) failed += 1;
  const allowed = bound === undefined ? "" : ` of ${bound}`;
  console.log(`${name.padEnd(12)} ${String(raw).padStart(9)} raw ${String(brotli).padStart(9)} brotli${allowed}${over ? "  TOO LARGE" : ""}`);
}
const first = { raw: 0, brotli: 0 };
for (const [rule, sum] of sums) {
  line(rule.name, sum, rule.brotli);
  if (!rule.onDemand) {
    first.raw += sum.raw;
    first.brotli += sum.brotli;
  }
}
line("first load", first, FIRST_LOAD_BROTLI);
process.exit(failed === 0 ? 0 : 1);
