//! What the page knows of accepted exceptions.

use super::shared::Shared;
use crate::report::{Exception, ExceptionFile, Exceptions, Side};
use crate::web::protocol::Response;

/// What the page knows of accepted exceptions. They are the user's, not the capture's, so they stay
/// when another capture is opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExceptionsState {
    /// The exceptions, as the worker took them.
    pub file: ExceptionFile,
    /// The same as the text of a file; `None` where there never were any.
    pub text: Option<String>,
    /// What became of them in what was read.
    pub told: Option<Shared<Exceptions>>,
    /// Why those that were given last were not taken.
    pub refusal: Option<String>,
    /// The exception that is being written.
    pub draft: Option<Draft>,
    /// They are kept in the browser.
    pub is_kept: bool,
}

/// An exception that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The place of the one that it takes the place of; `None` for a further one.
    pub place: Option<usize>,
    /// What it says so far.
    pub exception: Exception,
}

impl Draft {
    /// A further exception for a side of a host, or of a host that is yet to be named.
    pub fn of(host: Option<String>, side: Side, today: String) -> Draft {
        let exception = Exception {
            host,
            network: None,
            role: None,
            side,
            rules: Vec::new(),
            reason: String::new(),
            owner: String::new(),
            accepted_on: today,
            expires_on: None,
            compensating_controls: Vec::new(),
        };
        Draft { place: None, exception }
    }
}

impl ExceptionsState {
    /// Exceptions that were kept in the browser, where there are some.
    pub fn kept(text: Option<String>) -> ExceptionsState {
        ExceptionsState { is_kept: text.is_some(), text, ..ExceptionsState::default() }
    }

    /// The same for another capture.
    pub(super) fn anew(&self) -> ExceptionsState {
        ExceptionsState { told: None, refusal: None, draft: None, ..self.clone() }
    }

    /// The exceptions with `exception` in the place of another, or behind all.
    pub(super) fn with(&self, place: Option<usize>, exception: Exception) -> ExceptionFile {
        let mut file = self.file.clone();
        match place.and_then(|place| file.exceptions.get_mut(place)) {
            Some(known) => *known = exception,
            None => file.exceptions.push(exception),
        }
        file
    }

    /// The exceptions without the one at `place`.
    pub(super) fn without(&self, place: usize) -> ExceptionFile {
        let mut file = self.file.clone();
        if place < file.exceptions.len() {
            file.exceptions.remove(place);
        }
        file
    }

    /// Takes what the worker said of exceptions; anything else changes nothing.
    pub(super) fn hear(&mut self, response: Response) {
        match response {
            Response::ExceptionsTaken { file, text } => {
                *self = ExceptionsState { file, text: Some(text), ..self.anew() };
            }
            Response::ExceptionsRefused { message } => self.refusal = Some(message),
            Response::Exceptions(told) => self.told = Some(Shared::new(*told)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_added_changed_and_removed() {
        let written =
            |host: &str| Draft::of(Some(host.to_owned()), Side::Server, String::new()).exception;
        let mut state = ExceptionsState::default();
        state.file = state.with(None, written("a"));
        state.file = state.with(None, written("b"));
        state.file = state.with(Some(0), written("c"));
        let hosts = |file: &ExceptionFile| -> Vec<String> {
            file.exceptions.iter().filter_map(|it| it.host.clone()).collect()
        };
        assert_eq!(hosts(&state.file), ["c", "b"]);
        assert_eq!(hosts(&state.without(0)), ["b"]);
        assert_eq!(hosts(&state.without(7)), ["c", "b"]);
    }

    #[test]
    fn what_was_refused_leaves_what_was_there_and_what_is_written() {
        let draft = Some(Draft::of(None, Side::Client, String::new()));
        let mut state = ExceptionsState { draft, ..ExceptionsState::default() };
        state.hear(Response::ExceptionsRefused { message: "no".to_owned() });
        assert!(state.refusal.is_some() && state.draft.is_some());
        let taken =
            Response::ExceptionsTaken { file: ExceptionFile::default(), text: "{}".to_owned() };
        state.hear(taken);
        assert!(state.refusal.is_none() && state.draft.is_none() && state.text.is_some());
    }
}
