//! Secrets files and keytabs.

use countersign::secrets::{file, keytab};

/// Reads `input` as a secrets file and as a keytab of each version.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match file::parse(&text) {
        Ok(file) => {
            assert!(file.keytabs.iter().all(|path| !path.is_empty()));
            let keys = file.secrets.session_keys.iter().chain(&file.secrets.signing_keys);
            assert!(keys.into_iter().all(|key| !key.key.as_bytes().is_empty()));
            assert!(file.secrets.nt_hashes.iter().all(|it| it.hash.as_bytes().len() == 16));
        }
        Err(error) => {
            assert!((1..=1 + text.matches('\n').count()).contains(&error.line));
            assert!(error.to_string().len() < 400);
        }
    }
    keytab(input);
    if let [_, _, rest @ ..] = input {
        for version in 1..=2 {
            keytab(&[&[5, version], rest].concat());
        }
    }
}

fn keytab(file: &[u8]) {
    match keytab::parse(file) {
        Ok(keys) => {
            assert!(matches!(file, [5, 1 | 2, ..]));
            let total: usize = keys.iter().map(|key| 17 + key.key.as_bytes().len()).sum();
            assert!(total <= file.len(), "entries overlap");
            assert!(keys.iter().all(|key| key.description().len() <= 100 + 3 * file.len()));
        }
        Err(error) => assert!(error.to_string().len() < 400),
    }
}
