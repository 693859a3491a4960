//! What the page knows of hosts.

use super::shared::Shared;
use crate::report::{HostPage, HostQuery, HostView};
use crate::web::protocol::Response;

/// What the page knows of hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostsState {
    /// Which hosts are shown.
    pub query: HostQuery,
    /// Counts the changes of `query`; the worker's answers carry it.
    pub query_id: u32,
    /// The hosts that are here; `None` before the first.
    pub page: Option<Shared<HostPage>>,
    /// The host that is looked at.
    pub open: OpenHost,
}

/// The host that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenHost {
    /// Its place; `None` where none is looked at.
    pub place: Option<usize>,
    /// The host that is in view: that one, or the one before until it comes.
    shown: Option<Shared<HostView>>,
}

impl OpenHost {
    /// The host that is in view.
    pub fn shown(&self) -> Option<&Shared<HostView>> {
        self.shown.as_ref().filter(|_| self.place.is_some())
    }
}

impl HostsState {
    /// Shows other hosts.
    pub(super) fn ask(&mut self, query: HostQuery) {
        if self.query != query {
            self.query = query;
            self.query_id += 1;
        }
    }

    /// Looks at the host at `place`, or at none.
    pub(super) fn open(&mut self, place: Option<usize>) {
        self.open.place = place;
        if place.is_none() {
            self.open.shown = None;
        }
    }

    /// Takes what the worker said of hosts; anything else changes nothing.
    pub(super) fn hear(&mut self, response: Response) {
        match response {
            Response::Hosts { id, page } if id == self.query_id => self.add(*page),
            Response::Host(Some(view)) if self.open.place == Some(view.place) => {
                self.open.shown = Some(Shared::new(*view));
            }
            Response::Host(None) => self.open(None),
            _ => {}
        }
    }

    /// Takes hosts from the first on, or those that follow what is here.
    fn add(&mut self, further: HostPage) {
        match &self.page {
            _ if further.first == 0 => self.page = Some(Shared::new(further)),
            Some(page) if further.first == page.lines.len() => {
                let lines = page.lines.iter().cloned().chain(further.lines).collect();
                self.page = Some(Shared::new(HostPage { first: 0, lines, ..further }));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_an_earlier_query_are_dropped() {
        let hosts = |id| Response::Hosts { id, page: Box::default() };
        let mut state = HostsState::default();
        state.ask(HostQuery { text: "x".to_owned(), kind: None });
        state.hear(hosts(0));
        assert_eq!(state.page, None);
        state.hear(hosts(1));
        assert!(state.page.is_some());
    }
}
