//! The secrets that the worker holds for the files that are open.
//!
//! They are wiped when they are forgotten and when the worker ends. What is told of them is their
//! descriptions.

use std::collections::HashMap;

use super::protocol::{HeldSecret, RightAndWrong, SecretForm, SecretUse};
use crate::report::{SecretState, Session};
use crate::secrets::{Secrets, file, keytab};

/// What a keytab starts with; no text does.
const KEYTAB: u8 = 5;

/// What was given at a time.
pub(super) struct Taken {
    /// The file that it came from.
    file: Option<String>,
    secrets: Secrets,
    /// What is to be said about it.
    note: Option<String>,
}

/// Everything secret that was given and not forgotten.
#[derive(Default)]
pub(super) struct HeldSecrets {
    held: Vec<Held>,
    latest_id: u32,
    /// What each secret was good for, by its description.
    uses: HashMap<String, RightAndWrong>,
}

struct Held {
    id: u32,
    file: Option<String>,
    secrets: Secrets,
    /// The files were read with it.
    is_read: bool,
}

/// Reads what was given; the error is a sentence without a part of it.
pub(super) fn read(form: &SecretForm, bytes: &[u8]) -> Result<Taken, String> {
    let name = match form {
        SecretForm::File { name } => Some(name.clone()),
        SecretForm::Entry | SecretForm::Text => None,
    };
    let in_file = |error: String| match &name {
        Some(name) => format!("{name}: {error}."),
        None => format!("{}.", capitalized(&error)),
    };
    if name.is_some() && bytes.first() == Some(&KEYTAB) {
        let service_keys = keytab::parse(bytes).map_err(|error| in_file(error.to_string()))?;
        return taken(name, Secrets { service_keys, ..Secrets::default() }, &[]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(in_file("neither a keytab nor the text of a secrets file".to_owned()));
    };
    let parsed = file::parse(text).map_err(|error| match form {
        // The lines of what was typed are not the user's.
        SecretForm::Entry => in_file(error.kind.to_string()),
        SecretForm::Text | SecretForm::File { .. } => in_file(error.to_string()),
    })?;
    taken(name, parsed.secrets, &parsed.keytabs)
}

fn taken(name: Option<String>, secrets: Secrets, keytabs: &[String]) -> Result<Taken, String> {
    let note = (!keytabs.is_empty()).then(|| {
        format!(
            "The page cannot open the keytabs that are named ({}): add them as files.",
            keytabs.join(", ")
        )
    });
    if secrets.is_empty() {
        let what = name.unwrap_or_else(|| "The text".to_owned());
        return Err(note.unwrap_or_else(|| format!("{what} holds no secret.")));
    }
    Ok(Taken { file: name, secrets, note })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

impl HeldSecrets {
    /// Holds what was given, and says what is to be said about it.
    pub(super) fn add(&mut self, taken: Taken) -> Option<String> {
        self.latest_id += 1;
        let Taken { file, secrets, note } = taken;
        self.held.push(Held { id: self.latest_id, file, secrets, is_read: false });
        note
    }

    /// Forgets what was given under a number.
    pub(super) fn forget(&mut self, id: u32) {
        self.held.retain(|held| held.id != id);
    }

    /// Forgets everything.
    pub(super) fn forget_all(&mut self) {
        self.held.clear();
        self.uses.clear();
    }

    /// Forgets what the files were not read with.
    pub(super) fn forget_unread(&mut self) {
        self.held.retain(|held| held.is_read);
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// All of them, for a run.
    pub(super) fn all(&self) -> Secrets {
        let mut all = Secrets::default();
        for held in &self.held {
            all.extend(held.secrets.clone());
        }
        all
    }

    /// Counts what each was good for, now that the files are read with all of them.
    pub(super) fn count(&mut self, sessions: impl Iterator<Item = Session>) {
        self.uses.clear();
        for session in sessions {
            let Some(verification) = session.verification else { continue };
            let sessions = self.uses.entry(verification.secret).or_default();
            if session.auth.secret == SecretState::Wrong {
                sessions.wrong += 1;
            } else {
                sessions.right += 1;
            }
        }
        for held in &mut self.held {
            held.is_read = true;
        }
    }

    /// What they are, and what they were good for.
    pub(super) fn list(&self) -> Vec<HeldSecret> {
        let of = |held: &Held| HeldSecret {
            id: held.id,
            file: held.file.clone(),
            secrets: held.secrets.descriptions().map(|it| self.known(held, it)).collect(),
        };
        self.held.iter().map(of).collect()
    }

    fn known(&self, held: &Held, description: String) -> SecretUse {
        let sessions = self.uses.get(&description).copied().unwrap_or_default();
        SecretUse { sessions: held.is_read.then_some(sessions), description }
    }
}
