//! What the page knows of the report that is being written.

use crate::web::protocol::{ReportStep, ReportWish, Response};

/// What the page knows of the report that is being written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ReportState {
    /// Nobody asked for one.
    #[default]
    Idle,
    /// The worker writes it.
    Working {
        /// The step and how much of it is done of how much; `None` before the first news.
        step: Option<(ReportStep, f64, f64)>,
    },
    /// It was handed to the user.
    Done {
        /// What was asked for.
        wish: ReportWish,
    },
    /// It cannot be written.
    Refused {
        /// Why.
        message: String,
    },
}

impl ReportState {
    /// Whether one is being written.
    pub fn is_working(&self) -> bool {
        matches!(self, ReportState::Working { .. })
    }

    /// Takes what the worker said of the report; anything else changes nothing, and so does what it
    /// says of one that was stopped.
    pub(super) fn hear(&mut self, response: Response) {
        if !self.is_working() {
            return;
        }
        match response {
            Response::ReportProgress { step, done, total } => {
                *self = ReportState::Working { step: Some((step, done, total)) };
            }
            Response::Report(wish) => *self = ReportState::Done { wish },
            Response::ReportRefused { message } => *self = ReportState::Refused { message },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_report_that_was_stopped_changes_nothing() {
        let refused = || Response::ReportRefused { message: String::new() };
        let mut state = ReportState::Working { step: None };
        state.hear(refused());
        assert!(matches!(state, ReportState::Refused { .. }));
        let mut state = ReportState::Idle;
        state.hear(refused());
        assert_eq!(state, ReportState::Idle);
    }
}
