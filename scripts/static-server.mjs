// A folder of static files on the loopback interface, as any web server would give them.
//
//   node scripts/static-server.mjs dist [port]
//
// Without a port the first free one from 8080 on is taken.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/** The file under `root` that a request's path names, or null. */
async function find(root, url) {
  let path;
  try {
    path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
  } catch {
    return null;
  }
  let file = join(root, path);
  if (file !== root && !file.startsWith(root + "/")) return null;
  let facts = await stat(file).catch(() => null);
  if (facts?.isDirectory()) {
    file = join(file, "index.html");
    facts = await stat(file).catch(() => null);
  }
  return facts?.isFile() ? { file, size: facts.size } : null;
}

/** A server, not yet listening, for the folder `folder`. */
export function staticServer(folder) {
  const root = resolve(folder);
  return createServer(async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405).end();
      return;
    }
    const found = await find(root, request.url);
    if (!found) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(found.file)] ?? "application/octet-stream",
      "content-length": found.size,
      "cache-control": "no-cache",
    });
    if (request.method === "HEAD") response.end();
    else createReadStream(found.file).pipe(response);
  });
}

/** Starts `server` on `port`, or on the first free port from 8080 on, and gives its address. */
export function listen(server, port) {
  return new Promise((done, refused) => {
    let next = port ?? 8080;
    server.on("error", (error) => {
      if (error.code === "EADDRINUSE" && port === undefined && next < 8180) server.listen(++next, "127.0.0.1");
      else refused(error);
    });
    server.on("listening", () => done(`http://127.0.0.1:${server.address().port}/`));
    server.listen(next, "127.0.0.1");
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port] = process.argv.slice(2);
  const address = await listen(staticServer(folder ?? "dist"), port === undefined ? undefined : Number(port));
  console.log(`Countersign is at ${address} (end with Ctrl+C)`);
}
