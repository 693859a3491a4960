//! Where the user is in what was read: the view, its filter and what is selected.
//!
//! It stands behind the `#` of the address, so that going back and reloading work. Things of a
//! capture are named by their places in the report; what the capture says never stands there.

use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};

use crate::report::{HostQuery, Only, RowQuery, SigningStatus, SortColumn};

/// The views of what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The sessions.
    #[default]
    Sessions,
    /// What the rules found.
    Findings,
    /// The hosts.
    Hosts,
    /// Accepted exceptions.
    Exceptions,
    /// The report to hand on.
    Report,
}

impl View {
    /// Every view, in the order of their keys.
    pub const ALL: [View; 5] =
        [View::Sessions, View::Findings, View::Hosts, View::Exceptions, View::Report];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            View::Sessions => "Sessions",
            View::Findings => "Findings",
            View::Hosts => "Hosts",
            View::Exceptions => "Exceptions",
            View::Report => "Report",
        }
    }

    /// Its name in the address.
    pub fn name(self) -> &'static str {
        match self {
            View::Sessions => "sessions",
            View::Findings => "findings",
            View::Hosts => "hosts",
            View::Exceptions => "exceptions",
            View::Report => "report",
        }
    }

    /// The view that a key changes to.
    pub fn of_key(key: &str) -> Option<View> {
        let number: usize = key.parse().ok()?;
        View::ALL.get(number.checked_sub(1)?).copied()
    }
}

/// Where the user is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The view.
    pub view: View,
    /// Which sessions, in which order.
    pub query: RowQuery,
    /// The key of the session that is looked at.
    pub session: Option<String>,
    /// The place of the finding that is looked at.
    pub finding: Option<usize>,
    /// Which hosts.
    pub hosts: HostQuery,
    /// The place of the host that is looked at.
    pub host: Option<usize>,
}

impl Place {
    /// A view with nothing chosen in it.
    pub fn of(view: View) -> Place {
        Place { view, ..Place::default() }
    }

    /// What stands behind the `#`.
    pub fn fragment(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let query = &self.query;
        if !query.text.is_empty() {
            parts.push(format!("text={}", encoded(&query.text)));
        }
        if !query.statuses.is_empty() {
            let names: Vec<String> = query.statuses.iter().map(name_of).collect();
            parts.push(format!("status={}", names.join(",")));
        }
        match query.only {
            Some(Only::Finding(place)) => parts.push(format!("of-finding={}", place + 1)),
            Some(Only::Server(place)) => parts.push(format!("of-server={}", place + 1)),
            Some(Only::Client(place)) => parts.push(format!("of-client={}", place + 1)),
            None => {}
        }
        let default = RowQuery::default();
        if (query.sort, query.descending) != (default.sort, default.descending) {
            let turned = if query.descending { "-" } else { "" };
            parts.push(format!("sort={turned}{}", name_of(&query.sort)));
        }
        if let Some(key) = &self.session {
            parts.push(format!("session={}", encoded(key)));
        }
        if let Some(place) = self.finding {
            parts.push(format!("finding={}", place + 1));
        }
        if !self.hosts.text.is_empty() {
            parts.push(format!("hosts={}", encoded(&self.hosts.text)));
        }
        if let Some(kind) = &self.hosts.kind {
            parts.push(format!("kind={}", name_of(kind)));
        }
        if let Some(place) = self.host {
            parts.push(format!("host={}", place + 1));
        }
        match parts.is_empty() {
            true => self.view.name().to_owned(),
            false => format!("{}?{}", self.view.name(), parts.join("&")),
        }
    }

    /// The address of the place, for a link.
    pub fn href(&self) -> String {
        format!("#{}", self.fragment())
    }

    /// The place that a fragment names; what it does not say, or says wrongly, is as at the start.
    pub fn parse(fragment: &str) -> Place {
        let (view, rest) = fragment.split_once('?').unwrap_or((fragment, ""));
        let view = View::ALL.into_iter().find(|it| it.name() == view).unwrap_or_default();
        let mut place = Place::of(view);
        for (name, value) in rest.split('&').filter_map(|part| part.split_once('=')) {
            let query = &mut place.query;
            match name {
                "text" => query.text = decoded(value),
                "status" => query.statuses = value.split(',').filter_map(status_of).collect(),
                "of-finding" => query.only = number_of(value).map(Only::Finding),
                "of-server" => query.only = number_of(value).map(Only::Server),
                "of-client" => query.only = number_of(value).map(Only::Client),
                "hosts" => place.hosts.text = decoded(value),
                "kind" => place.hosts.kind = named(value),
                "host" => place.host = number_of(value),
                "sort" => {
                    let bare = value.trim_start_matches('-');
                    if let Some(column) = named::<SortColumn>(bare) {
                        (query.sort, query.descending) = (column, bare != value);
                    }
                }
                "session" => place.session = Some(decoded(value)),
                "finding" => place.finding = number_of(value),
                _ => {}
            }
        }
        place
    }
}

/// A place that is told from 1 on.
fn number_of(value: &str) -> Option<usize> {
    value.parse::<usize>().ok()?.checked_sub(1)
}

fn status_of(name: &str) -> Option<SigningStatus> {
    named(name)
}

/// A value by its name in the report.
fn named<T: DeserializeOwned>(name: &str) -> Option<T> {
    let name: serde::de::value::StrDeserializer<'_, Error> = name.into_deserializer();
    T::deserialize(name).ok()
}

/// The name of a value in the report.
fn name_of(value: &impl Serialize) -> String {
    struct Named<'a, T>(&'a T);
    impl<T: Serialize> fmt::Display for Named<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.serialize(f)
        }
    }
    Named(value).to_string()
}

/// Text as a part of an address: other bytes than letters, digits and a few signs by their numbers.
fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                written.push(char::from(byte));
            }
            _ => written.push_str(&format!("%{byte:02X}")),
        }
    }
    written
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::HostKind;

    #[test]
    fn a_place_comes_back_from_its_fragment() {
        let query = RowQuery {
            text: "FS1 a&b=c%é?#".to_owned(),
            statuses: vec![SigningStatus::Unsigned, SigningStatus::Selective],
            only: Some(Only::Finding(2)),
            sort: SortColumn::FirstPacket,
            descending: true,
        };
        let place = Place {
            view: View::Findings,
            query,
            session: Some("s12".to_owned()),
            finding: Some(0),
            hosts: HostQuery { text: "ws".to_owned(), kind: Some(HostKind::FileServer) },
            host: Some(4),
        };
        assert_eq!(Place::parse(&place.fragment()), place);
        for view in View::ALL {
            assert_eq!(Place::of(view).fragment(), view.name());
            assert_eq!(Place::parse(view.name()), Place::of(view));
        }
    }

    #[test]
    fn a_fragment_that_makes_no_sense_is_the_start() {
        for fragment in
            ["", "#", "x", "sessions?finding=0", "sessions?sort=x&status=x", "?%", "sessions?="]
        {
            assert_eq!(Place::parse(fragment), Place::default(), "{fragment}");
        }
        assert_eq!(Place::parse("sessions?text=%4").query.text, "%4");
    }

    #[test]
    fn keys_are_the_numbers_of_the_views() {
        assert_eq!(View::of_key("1"), Some(View::Sessions));
        for key in ["0", "9", "a", "F1", ""] {
            assert_eq!(View::of_key(key), None);
        }
    }
}
