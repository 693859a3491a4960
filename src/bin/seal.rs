//! Packs the page that Trunk built into the form that is served; Trunk runs it after each build.
//!
//! The page's policy forbids every connection, so nothing can be fetched: WebAssembly and samples
//! travel as texts in script modules, each byte a character, and the worker's script as text, for
//! the worker is started from a Blob, which is what binds it to the policy.
//! Names carry a hash of the contents, so that no server or browser mixes two builds.
//! The step refuses to write a page without its policy, or with a script that could reach out.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// What the policy in the page has to say.
const POLICY: [&str; 8] = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "worker-src blob:",
    "img-src data:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
];

/// Calls by which a script could reach out; none of those that are served has one.
const REACHES_OUT: [&str; 6] =
    ["fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "importScripts"];

/// Where wasm-bindgen's script would load its module from an address.
const LOAD: &str = "module_or_path = fetch(module_or_path);";

/// What stands there instead: the module is always handed over.
const NO_LOAD: &str = "throw new Error('no module was handed over');";

/// The style sheets that come before all others, in this order.
const FIRST_STYLES: [&str; 2] = ["tokens.css", "base.css"];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(name.to_owned());
    let (staging, source) = (folder("TRUNK_STAGING_DIR")?, folder("TRUNK_SOURCE_DIR")?);
    let samples = source.parent().ok_or("the page's folder has no parent")?.join("samples");
    seal(&staging, &source, &samples)
}

/// Packs what is in `staging`, with the start script and the style sheets of `source` and the
/// captures of `samples`.
fn seal(staging: &Path, source: &Path, samples: &Path) -> Outcome<()> {
    let mut modules = Vec::new();
    let mut put = |import: &str, text: &str| -> Outcome<()> {
        let name = write_hashed(staging, import.trim_end_matches(".js"), "js", text)?;
        modules.push((import.to_owned(), name));
        Ok(())
    };
    put("app.js", &harmless(&take(staging, "app.js")?)?)?;
    put("app.wasm.js", &bytes_module(&take_bytes(staging, "app_bg.wasm")?))?;
    put("worker.script.js", &text_module(&harmless(&take(staging, "worker.js")?)?))?;
    put("worker.wasm.js", &bytes_module(&take_bytes(staging, "worker_bg.wasm")?))?;
    put("gallery.js", &format!("export default {};\n", gallery(staging, samples)?.trim()))?;
    let mut boot = harmless(&fs::read_to_string(source.join("boot.js"))?)?;
    for (import, name) in &modules {
        let (from, to) = (format!("\"./{import}\""), format!("\"./{name}\""));
        if !boot.contains(&from) {
            return Err(format!("boot.js does not import {import}").into());
        }
        boot = boot.replace(&from, &to);
    }
    let boot = write_hashed(staging, "boot", "js", &boot)?;
    let styles = write_hashed(staging, "styles", "css", &styles(&source.join("styles"))?)?;
    let page = fs::read_to_string(staging.join("index.html"))?;
    for directive in POLICY {
        if !page.contains(directive) {
            return Err(format!("the page's policy lacks {directive}").into());
        }
    }
    // What Trunk was asked for is no business of the browser's.
    let page: String =
        page.split_inclusive('\n').filter(|line| !line.contains("<link data-trunk")).collect();
    let mut head = format!("<link rel=\"stylesheet\" href=\"./{styles}\">\n");
    for (_, name) in &modules {
        head.push_str(&format!("<link rel=\"modulepreload\" href=\"./{name}\">\n"));
    }
    head.push_str(&format!("<script type=\"module\" src=\"./{boot}\"></script>\n</head>"));
    if !page.contains("</head>") {
        return Err("the page has no head".into());
    }
    fs::write(staging.join("index.html"), page.replacen("</head>", &head, 1))?;
    Ok(())
}

/// A script without the place where it would load its own module, checked for others.
fn harmless(script: &str) -> Outcome<String> {
    let script = script.replace(LOAD, NO_LOAD);
    match REACHES_OUT.iter().find(|call| script.contains(*call)) {
        Some(call) => Err(format!("a script calls {call}").into()),
        None => Ok(script),
    }
}

/// The text of a file, which is taken away.
fn take(folder: &Path, name: &str) -> Outcome<String> {
    Ok(String::from_utf8(take_bytes(folder, name)?)?)
}

/// The bytes of a file, which is taken away.
fn take_bytes(folder: &Path, name: &str) -> Outcome<Vec<u8>> {
    let path = folder.join(name);
    let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    fs::remove_file(path)?;
    Ok(bytes)
}

/// Bytes as a text of as many characters, U+0000 to U+00FF. Base64 would be a quarter larger once a
/// server has compressed it: it hides from the compression which bytes repeat.
fn bytes_module(bytes: &[u8]) -> String {
    text_module(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>())
}

fn text_module(text: &str) -> String {
    let mut module = String::from("export default \"");
    for character in text.chars() {
        match character {
            '"' => module.push_str("\\\""),
            '\\' => module.push_str("\\\\"),
            '\n' => module.push_str("\\n"),
            '\r' => module.push_str("\\r"),
            '\u{2028}' => module.push_str("\\u2028"),
            '\u{2029}' => module.push_str("\\u2029"),
            other => module.push(other),
        }
    }
    module.push_str("\";\n");
    module
}

/// The list of samples, which are written as script modules; an empty list where there is none.
fn gallery(staging: &Path, samples: &Path) -> Outcome<String> {
    let list = samples.join("gallery.json");
    if !list.exists() {
        return Ok("[]".to_owned());
    }
    let list = fs::read_to_string(list)?;
    let folder = staging.join("samples");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(samples)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        // JSON is JavaScript, so the list serves as it is; it is only asked which files it names.
        if list.contains(&format!("\"{name}\"")) {
            fs::write(folder.join(format!("{name}.js")), bytes_module(&fs::read(&path)?))?;
        }
    }
    Ok(list)
}

/// All style sheets as one, in alphabetical order after the first ones.
fn styles(folder: &Path) -> Outcome<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".css") {
            names.push(name);
        }
    }
    let rank = |name: &str| FIRST_STYLES.iter().position(|first| *first == name);
    names.sort_by_key(|name| (rank(name).unwrap_or(FIRST_STYLES.len()), name.clone()));
    let mut all = String::new();
    for name in names {
        all.push_str(&fs::read_to_string(folder.join(name))?);
    }
    Ok(all)
}

/// Writes `text` under a name that carries its hash, and returns the name.
fn write_hashed(folder: &Path, stem: &str, extension: &str, text: &str) -> Outcome<String> {
    let name = format!("{}-{:016x}.{extension}", stem.replace('.', "-"), hash(text.as_bytes()));
    fs::write(folder.join(&name), text)?;
    Ok(name)
}

/// FNV-1a, which tells builds apart and guards against nothing.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_reaches_out_is_refused() {
        assert!(harmless("WebSocket").is_err());
        let sealed = harmless(&format!("if (x) {{ {LOAD} }}")).unwrap();
        assert!(!sealed.contains("fetch"));
    }

    #[test]
    fn a_text_stays_the_same_in_a_module() {
        let module = text_module("a \"b\" \\ c\n");
        assert_eq!(module, "export default \"a \\\"b\\\" \\\\ c\\n\";\n");
    }

    #[test]
    fn bytes_are_as_many_characters() {
        let module = bytes_module(b"\0asm\n\r\"\\\x7f\x80\xff");
        assert_eq!(module, "export default \"\0asm\\n\\r\\\"\\\\\u{7f}\u{80}\u{ff}\";\n");
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
