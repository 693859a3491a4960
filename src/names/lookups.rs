//! Names that were asked for, who asked, and who answered what.
//!
//! Two answerers that give one name different addresses are how a poisoned name shows, so every
//! answer is kept with its answerer and its packet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use foldhash::fast::FixedState;

use crate::limits::Limits;
use crate::packet::PacketId;
use crate::time::Timestamp;

/// A protocol that resolves names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// RFC 1035.
    Dns,
    /// RFC 6762.
    Mdns,
    /// RFC 4795.
    Llmnr,
    /// RFC 1002.
    Nbns,
}

/// A name that was asked for, or answered without a question that was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The protocol.
    pub protocol: Protocol,
    /// The name as it was first written; a NetBIOS name with its suffix as `NAME<20>`.
    pub name: Box<str>,
    /// Who asked, each once.
    pub questions: Vec<Question>,
    /// Who answered what, each once.
    pub answers: Vec<Answer>,
}

/// That somebody asked for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asked.
    pub asker: IpAddr,
    /// The packet.
    pub packet: PacketId,
}

/// That somebody answered with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who answered.
    pub answerer: IpAddr,
    /// To whom; `None` where it went to many.
    pub asker: Option<IpAddr>,
    /// The address that the name is said to have.
    pub address: IpAddr,
    /// The packet.
    pub packet: PacketId,
    /// When it was captured.
    pub timestamp: Timestamp,
}

/// The lookups of a run.
#[derive(Debug)]
pub(super) struct Lookups {
    lookups: Vec<Lookup>,
    /// The places of the lookups, by protocol and name in small letters.
    places: HashMap<(Protocol, Box<str>), usize, FixedState>,
    most: usize,
    /// How many of them are of DNS.
    n_dns: usize,
    most_messages: usize,
    most_name_bytes: usize,
    most_bytes: usize,
    /// Bytes of all names.
    bytes: usize,
    dropped: u64,
}

impl Lookups {
    pub(super) fn new(limits: &Limits) -> Lookups {
        Lookups {
            lookups: Vec::new(),
            places: HashMap::default(),
            most: limits.lookups,
            n_dns: 0,
            most_messages: limits.lookup_messages,
            most_name_bytes: limits.name_bytes,
            most_bytes: limits.names_bytes,
            bytes: 0,
            dropped: 0,
        }
    }

    pub(super) fn all(&self) -> &[Lookup] {
        &self.lookups
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Somebody asked for `name`.
    pub(super) fn asked(&mut self, protocol: Protocol, name: &str, question: Question) {
        let most = self.most_messages;
        let Some(lookup) = self.of(protocol, name) else { return };
        if lookup.questions.iter().any(|known| known.asker == question.asker) {
            return;
        }
        if lookup.questions.len() < most {
            lookup.questions.push(question);
        } else {
            self.dropped += 1;
        }
    }

    /// Somebody answered for `name`.
    pub(super) fn answered(&mut self, protocol: Protocol, name: &str, answer: Answer) {
        let most = self.most_messages;
        let Some(lookup) = self.of(protocol, name) else { return };
        let Answer { packet, timestamp, .. } = answer;
        let same = |known: &Answer| Answer { packet, timestamp, ..*known } == answer;
        if lookup.answers.iter().any(same) {
            return;
        }
        if lookup.answers.len() < most {
            lookup.answers.push(answer);
        } else {
            self.dropped += 1;
        }
    }

    /// The lookup of `name`, made where it is new; `None` where the bound is reached.
    fn of(&mut self, protocol: Protocol, name: &str) -> Option<&mut Lookup> {
        let n_known = self.lookups.len();
        let is_dns = protocol == Protocol::Dns;
        // Names of DNS are many, and must not crowd out those that anybody on the network answers.
        let is_room = n_known < self.most && (!is_dns || self.n_dns < self.most.div_ceil(2));
        let bytes = self.bytes.saturating_add(name.len());
        let is_affordable =
            is_room && name.len() <= self.most_name_bytes && bytes <= self.most_bytes;
        let place = match self.places.entry((protocol, name.to_lowercase().into())) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) if is_affordable => {
                self.bytes = bytes;
                self.n_dns += usize::from(is_dns);
                place.insert(n_known);
                let (questions, answers) = (Vec::new(), Vec::new());
                self.lookups.push(Lookup { protocol, name: name.into(), questions, answers });
                n_known
            }
            Entry::Vacant(_) => {
                self.dropped += 1;
                return None;
            }
        };
        self.lookups.get_mut(place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{address, at};
    use super::*;

    fn answer(answerer: &str, number: u64) -> Answer {
        let asker = Some(address("10.0.0.7"));
        Answer {
            answerer: address(answerer),
            asker,
            address: address(answerer),
            packet: at(number),
            timestamp: Timestamp(number.cast_signed()),
        }
    }

    #[test]
    fn two_answerers_of_one_name_are_both_kept() {
        let mut lookups = Lookups::new(&Limits::DEFAULT);
        let question = Question { asker: address("10.0.0.7"), packet: at(1) };
        lookups.asked(Protocol::Llmnr, "WPAD", question);
        lookups.asked(Protocol::Llmnr, "wpad", Question { packet: at(2), ..question });
        lookups.answered(Protocol::Llmnr, "wpad", answer("10.0.0.66", 3));
        lookups.answered(Protocol::Llmnr, "wpad", answer("10.0.0.66", 4));
        lookups.answered(Protocol::Llmnr, "wpad", answer("10.0.0.5", 5));
        let [lookup] = lookups.all() else { panic!("one lookup") };
        assert_eq!((&*lookup.name, &lookup.questions[..]), ("WPAD", &[question][..]));
        assert_eq!(lookup.answers, [answer("10.0.0.66", 3), answer("10.0.0.5", 5)]);
    }

    #[test]
    fn bounds_hold_and_what_they_leave_out_is_counted() {
        let limits = Limits { lookups: 1, lookup_messages: 1, ..Limits::DEFAULT };
        let mut lookups = Lookups::new(&limits);
        lookups.answered(Protocol::Dns, "a", answer("10.0.0.5", 1));
        lookups.answered(Protocol::Dns, "a", answer("10.0.0.6", 2));
        lookups.answered(Protocol::Dns, "b", answer("10.0.0.5", 3));
        assert_eq!((lookups.all().len(), lookups.dropped()), (1, 2));
        assert_eq!(lookups.all()[0].answers.len(), 1);
    }

    #[test]
    fn names_of_dns_leave_room_for_others() {
        let mut lookups = Lookups::new(&Limits { lookups: 4, ..Limits::DEFAULT });
        let question = Question { asker: address("10.0.0.7"), packet: at(1) };
        for name in ["a", "b", "c", "d", "e"] {
            lookups.asked(Protocol::Dns, name, question);
            lookups.asked(Protocol::Llmnr, name, question);
        }
        let dns = lookups.all().iter().filter(|it| it.protocol == Protocol::Dns).count();
        assert_eq!((lookups.all().len(), dns, lookups.dropped()), (4, 2, 6));
    }
}
