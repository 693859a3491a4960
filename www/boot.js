// Starts the page, and offers to it what only JavaScript can do under its policy.
//
// The policy forbids every connection, so nothing is fetched: WebAssembly and samples travel as
// text in script modules, and the worker is started from a Blob, because only such a worker is
// bound by the page's policy. The modules named here are made by the packing step (src/bin/seal.rs).

import initPage from "./app.js";
import pageWasm from "./app.wasm.js";
import workerScript from "./worker.script.js";
import workerWasm from "./worker.wasm.js";
import samples from "./gallery.js";

// The bytes of a text that has a character for each.
function bytesOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) bytes[place] = text.charCodeAt(place);
  return bytes;
}

// The worker's start: it waits for its compiled module, and tells the page about every fault that
// its own code could not catch.
const workerStart = `
  const stopped = (reason) => self.postMessage({ said: { Stopped: { message: String(reason) } } });
  self.addEventListener("error", (event) => stopped(event.message));
  self.addEventListener("unhandledrejection", (event) => stopped(event.reason));
  self.onmessage = (event) => {
    self.onmessage = null;
    wasm_bindgen({ module_or_path: event.data }).catch(stopped);
  };
`;

// Both are made once, when first used, and serve every worker after that.
let workerAddress;
let workerModule;

function startWorker() {
  workerAddress ??= URL.createObjectURL(
    new Blob([workerScript, workerStart], { type: "text/javascript" }),
  );
  workerModule ??= WebAssembly.compile(bytesOf(workerWasm));
  const worker = new Worker(workerAddress, { name: "countersign" });
  workerModule.then(
    (module) => worker.postMessage(module),
    (reason) => worker.dispatchEvent(new ErrorEvent("error", { message: String(reason) })),
  );
  return worker;
}

// Loads a sample from the page's own origin: one request, and only when the user asks for it.
async function openSample(name) {
  const sample = samples.find((sample) => sample.file === name);
  if (!sample) throw new Error("no such sample");
  const { default: text } = await import(`./samples/${sample.file}.js`);
  return new File([bytesOf(text)], sample.file);
}

globalThis.countersign = Object.freeze({ startWorker, openSample, samples });

// What was loaded for the start is not what the page counts as its requests.
function whenLoaded() {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}

const [module] = await Promise.all([WebAssembly.compile(bytesOf(pageWasm)), whenLoaded()]);
await initPage({ module_or_path: module });
