//! The secrets that the worker holds for the files that are open.
//!
//! They are wiped when they are forgotten and when the worker ends. What is told of them is their
//! descriptions.

use std::collections::HashMap;

use super::protocol::{HeldSecret, RightAndWrong, SecretForm, SecretUse};
use crate::report::SecretState;
use crate::secrets::{SecretRef, Secrets, file, keytab};

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
    /// What each secret of [`HeldSecrets::all`] was good for. Its description would not do: of two
    /// passwords of one user one may be right.
    uses: HashMap<SecretRef, RightAndWrong>,
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
    pub(super) fn count(&mut self, tried: impl Iterator<Item = (SecretRef, SecretState)>) {
        self.uses.clear();
        for (secret, state) in tried {
            let sessions = self.uses.entry(secret).or_default();
            if state == SecretState::Wrong {
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
        let mut list = Vec::with_capacity(self.held.len());
        for (place, held) in self.held.iter().enumerate() {
            let before = || self.held.iter().take(place).map(|held| &held.secrets);
            let secrets = held.secrets.described().map(|(secret, description)| {
                let sessions = self.uses.get(&secret.behind(before())).copied();
                let sessions = held.is_read.then_some(sessions.unwrap_or_default());
                SecretUse { sessions, description }
            });
            let secrets = secrets.collect();
            list.push(HeldSecret { id: held.id, file: held.file.clone(), secrets });
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Taken {
        let Ok(taken) = read(&SecretForm::Text, text.as_bytes()) else { panic!("{text}") };
        taken
    }

    #[test]
    fn secrets_of_one_description_are_counted_apart() {
        const OLD: &str = "[[password]]\nuser = \"alice\"\npassword = \"old\"\n";
        const NEW: &str = "[[nt_hash]]\nuser = \"alice\"\nhash = \"8846f7eaee8fb117ad06bdd830b7586c\"\n\
            [[password]]\nuser = \"alice\"\npassword = \"new\"\n";
        let mut secrets = HeldSecrets::default();
        for text in [OLD, NEW] {
            secrets.add(given(text));
        }
        let uses = |secrets: &HeldSecrets| -> Vec<(String, Option<RightAndWrong>)> {
            let list = secrets.list().into_iter().flat_map(|held| held.secrets);
            list.map(|it| (it.description, it.sessions)).collect()
        };
        assert!(uses(&secrets).iter().all(|(_, sessions)| sessions.is_none()));
        let tried = [
            (SecretRef::Password(0), SecretState::Wrong),
            (SecretRef::Password(1), SecretState::Right),
            (SecretRef::Password(1), SecretState::Right),
            (SecretRef::NtHash(0), SecretState::Right),
        ];
        secrets.count(tried.into_iter());
        let of = |right, wrong| Some(RightAndWrong { right, wrong });
        let expected = [
            ("password of alice".to_owned(), of(0, 1)),
            ("password of alice".to_owned(), of(2, 0)),
            ("NT hash of alice".to_owned(), of(1, 0)),
        ];
        assert_eq!(uses(&secrets), expected);
    }
}
