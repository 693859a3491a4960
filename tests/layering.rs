//! Who may name whom: the layers of `src/`, held to by reading the paths in every file.
//!
//! One package holds the engine, the page and the command line, so the compiler does not keep them
//! apart; this test does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that every other one may name, and that name none but each other.
const BASE: [&str; 3] = ["limits", "packet", "time"];

/// Each layer and what it may name besides itself and [`BASE`]. The rule with the longest name that
/// matches a file's module is the one that holds for it.
const RULES: &[(&str, &[&str])] = &[
    ("limits", &[]),
    ("packet", &[]),
    ("time", &[]),
    ("capture", &[]),
    ("net", &["capture"]),
    ("extraction", &["capture", "net"]),
    ("flow", &["net"]),
    ("smb", &[]),
    ("auth", &[]),
    ("rpc", &["flow", "smb"]),
    ("crypto", &[]),
    ("secrets", &["crypto"]),
    ("keyring", &["auth", "crypto", "secrets"]),
    ("kdc", &["auth", "crypto", "keyring", "net"]),
    ("session", &["smb", "rpc", "auth", "crypto", "secrets", "keyring", "flow"]),
    ("names", &["net", "smb"]),
    ("services", &["net"]),
    ("transport", &["capture", "net"]),
    ("carriers", &["flow", "auth", "rpc"]),
    ("report", &[]),
    ("exceptions", &["report"]),
    ("redaction", &["report"]),
    (
        "findings",
        &["flow", "session", "smb", "rpc", "auth", "names", "carriers", "exceptions", "report"],
    ),
    (
        "analysis",
        &[
            "capture",
            "net",
            "extraction",
            "flow",
            "smb",
            "auth",
            "rpc",
            "keyring",
            "kdc",
            "secrets",
            "session",
            "names",
            "services",
            "transport",
            "carriers",
            "exceptions",
            "findings",
            "redaction",
            "report",
        ],
    ),
    ("web", &["analysis", "exceptions", "report"]),
    // The page's end of the worker knows the protocol, not the engine.
    ("web::client", &["report", "web::folders", "web::page", "web::protocol"]),
    ("web::folders", &[]),
    ("web::held_secrets", &["report", "secrets", "web::protocol"]),
    ("web::page", &["report"]),
    ("web::protocol", &["report"]),
    (
        "ui",
        &["report", "web::client", "web::download", "web::folders", "web::page", "web::protocol"],
    ),
    ("bin::app", &["ui", "web"]),
    ("bin::worker", &["web"]),
    ("bin::countersign", &["cli"]),
    ("bin::seal", &[]),
    ("cli", &["analysis", "exceptions", "extraction", "redaction", "report", "secrets"]),
];

/// Outside packages that only some layers may name: the engine does no I/O, reads no clock, starts
/// no thread and knows no browser.
const RESERVED: &[(&str, &[&str])] = &[
    ("yew", &["ui", "bin::app"]),
    ("web_sys", &["web", "ui", "bin::app", "bin::worker"]),
    ("js_sys", &["web", "ui", "bin::app", "bin::worker"]),
    ("wasm_bindgen", &["web", "ui", "bin::app", "bin::worker"]),
    ("wasm_bindgen_futures", &["web", "ui", "bin::app", "bin::worker"]),
    ("serde_wasm_bindgen", &["web"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("comfy_table", &["cli", "report::text"]),
    // Of the command line and of the page's reports it is the module of the report.
    ("csv", &["report::csv", "cli", "web::report_file"]),
    ("getrandom", &["cli"]),
    ("maud", &["report::html"]),
    ("std::fs", &["cli", "bin::seal", "report::schema"]),
    ("std::thread", &[]),
    ("std::process", &["cli", "bin::countersign", "bin::seal"]),
    ("std::env", &["cli", "bin::seal", "report::schema"]),
    ("std::time::Instant", &[]),
    ("std::time::SystemTime", &[]),
    ("std::net::TcpStream", &[]),
    ("std::net::UdpSocket", &[]),
];

/// Calls by which a page could send something away in spite of its policy.
const LEAVES_THE_PAGE: [&str; 7] =
    ["fetch_with", "set_href", "location", "open_with_url", "send_beacon", "submit", "WebSocket"];

/// A Rust file of `src/` without its comments, literals and test module.
struct Source {
    path: PathBuf,
    /// Its module path, without `crate`.
    module: Vec<String>,
    tokens: Vec<String>,
}

#[test]
fn layers_name_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(layer) = source.layer() else { continue };
        for path in source.crate_paths() {
            if !may_name(layer, &path) {
                wrong.push(format!("{}: {layer} names {path}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "layers name what they must not:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_is_in_a_layer() {
    for source in sources() {
        let is_map = source.path.ends_with("src/lib.rs");
        assert!(
            is_map || source.layer().is_some(),
            "{} has no rule in this test",
            source.path.display()
        );
    }
}

#[test]
fn the_engine_does_no_io_and_knows_no_browser() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module.join("::");
        for path in source.all_paths() {
            for (package, users) in RESERVED {
                if is_under(&path, package) && !users.iter().any(|user| is_under(&module, user)) {
                    wrong.push(format!("{}: names {path}", source.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "outside packages where they must not be:\n{}", wrong.join("\n"));
}

#[test]
fn the_page_calls_nothing_that_leaves_it() {
    for source in sources() {
        if !matches!(source.module[..].first().map(String::as_str), Some("ui" | "web")) {
            continue;
        }
        for token in &source.tokens {
            assert!(
                !LEAVES_THE_PAGE.iter().any(|call| token.starts_with(call)),
                "{}: {token} could send something away",
                source.path.display()
            );
        }
    }
}

#[test]
fn paths_are_found_in_groups_and_beside_comments() {
    let text = r##"
        use crate::{net::{Segment, link::Link}, time};
        // use crate::session;
        use super::assembler; /* crate::ui */
        const TEXT: &str = "crate::web"; const RAW: &str = r#"crate::web "quoted""#;
        fn quote<'a>(byte: &'a u8) -> char { let _ = crate::smb::Header::LEN; '"' }
        #[cfg(test)]
        mod tests { use crate::findings; }
    "##;
    let module = ["flow", "stream"].map(str::to_owned).to_vec();
    let source = Source { path: "x.rs".into(), module, tokens: tokens(text) };
    let found: Vec<String> = source.crate_paths().into_iter().collect();
    assert_eq!(
        found,
        ["flow::assembler", "net::Segment", "net::link::Link", "smb::Header::LEN", "time"]
    );
}

/// Whether a file of `layer` may name the item at `path`.
fn may_name(layer: &str, path: &str) -> bool {
    let allowed = RULES.iter().find(|(name, _)| *name == layer).map_or(&[][..], |(_, list)| list);
    is_under(path, layer) || BASE.iter().chain(allowed).any(|name| is_under(path, name))
}

/// Whether `path` is `name` or lies under it.
fn is_under(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The longest rule that `path` lies under.
fn rule_for(path: &str) -> Option<&'static str> {
    let matching = RULES.iter().map(|(name, _)| *name).filter(|name| is_under(path, name));
    matching.max_by_key(|name| name.len())
}

/// Every Rust file under `src/`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "src/ holds no Rust file");
    let source = |path: PathBuf| {
        let relative = path.strip_prefix(&root).unwrap().with_extension("");
        let mut module: Vec<String> =
            relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        if module.last().is_some_and(|name| name == "mod" || name == "lib") {
            module.pop();
        }
        let tokens = tokens(&fs::read_to_string(&path).unwrap());
        Source { path, module, tokens }
    };
    files.into_iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    fn layer(&self) -> Option<&'static str> {
        rule_for(&self.module.join("::"))
    }

    /// The paths into this package, from its root, without `crate`.
    fn crate_paths(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for path in self.all_paths() {
            let mut parts: Vec<&str> = path.split("::").collect();
            let mut base: Vec<&str> = match parts[0] {
                "crate" | "countersign" => Vec::new(),
                "self" | "super" => self.module.iter().map(String::as_str).collect(),
                _ => continue,
            };
            while matches!(parts.first(), Some(&"crate" | &"countersign" | &"self" | &"super")) {
                if parts.remove(0) == "super" {
                    base.pop();
                }
            }
            base.extend(parts);
            if !base.is_empty() {
                found.insert(base.join("::"));
            }
        }
        found
    }

    /// Every path of two parts and more, groups of `use` written out.
    fn all_paths(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let starts = is_name(&self.tokens[at]) && (at == 0 || self.tokens[at - 1] != "::");
            if starts && self.tokens.get(at + 1).is_some_and(|next| next == "::") {
                at = self.read_path(at, "", &mut found);
            } else {
                at += 1;
            }
        }
        found
    }

    /// Reads the path that starts at token `at` into `found`, each with `prefix` before it, and
    /// returns the token after it.
    fn read_path(&self, mut at: usize, prefix: &str, found: &mut BTreeSet<String>) -> usize {
        let mut path = prefix.to_owned();
        while let Some(token) = self.tokens.get(at) {
            if token == "{" && path.ends_with("::") {
                at += 1;
                while self.tokens.get(at).is_some_and(|next| next != "}") {
                    let starts = is_name(&self.tokens[at]);
                    at = if starts { self.read_path(at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            if !is_name(token) {
                break;
            }
            path.push_str(token);
            at += 1;
            if self.tokens.get(at).is_none_or(|next| next != "::") {
                break;
            }
            path.push_str("::");
            at += 1;
        }
        let path = path.trim_end_matches("::").trim_end_matches("::self");
        if !path.is_empty() {
            found.insert(path.to_owned());
        }
        at
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The names, `::` and other signs of a file, without comments and literals, up to its test module.
fn tokens(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let text = text.split("#[cfg(test)]\n        mod ").next().unwrap();
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        at += match rest {
            ['/', '/', ..] => length_to(rest, &['\n']),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['r', '"' | '#', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap(),
            ['\'', '\\', ..] => 2 + length_to(&rest[2..], &['\'']),
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => {
                tokens.push("::".to_owned());
                2
            }
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                let name: String =
                    rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                let len = name.chars().count();
                tokens.push(name);
                len
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

/// Letters up to and with the first `end`.
fn length_to(letters: &[char], end: &[char]) -> usize {
    let found = letters.windows(end.len()).position(|window| window == end);
    found.map_or(letters.len(), |place| place + end.len())
}

fn block_comment(letters: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < letters.len() {
        match letters[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(letters: &[char]) -> usize {
    let mut at = 1;
    while at < letters.len() {
        match letters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The length of a raw string; `None` where an `r` is only a letter.
fn raw_string(letters: &[char]) -> Option<usize> {
    let hashes = letters[1..].iter().take_while(|letter| **letter == '#').count();
    (letters.get(1 + hashes) == Some(&'"')).then(|| {
        let mut end = vec!['"'];
        end.extend(std::iter::repeat_n('#', hashes));
        2 + hashes + length_to(&letters[2 + hashes..], &end)
    })
}
