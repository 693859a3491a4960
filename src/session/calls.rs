//! Calls by which a server can be made to authenticate to somebody, and the connections that the
//! called host opens soon after.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use foldhash::fast::FixedState;

use super::{At, SessionIndex};
use crate::limits::Limits;
use crate::rpc::{Call, Outcome};
use crate::time::Timestamp;

/// A call.
#[derive(Debug)]
pub struct RemoteCall {
    /// What was called.
    pub call: Call,
    /// Who called.
    pub caller: SocketAddr,
    /// The server that was called.
    pub callee: SocketAddr,
    /// The session that carried it, and the name of its pipe where that was captured; `None` over
    /// TCP.
    pub pipe: Option<(SessionIndex, Box<str>)>,
    /// The message that completes it.
    pub at: At,
    /// What became of it.
    pub outcome: Option<(At, Outcome)>,
    /// The connections that the called host opened within [`Calls::SOON`], the first few.
    pub opened: Vec<Opened>,
}

impl RemoteCall {
    /// Whether what came at a time may be the doing of this call.
    pub fn is_soon_before(&self, at: At) -> bool {
        let (call, time) = (self.at.timestamp, at.timestamp);
        call <= time && time.since(call) <= Calls::SOON
    }
}

/// A connection that a host opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its end.
    pub from: SocketAddr,
    /// Whom it was opened to.
    pub to: SocketAddr,
    /// The packet with its SYN.
    pub at: At,
}

/// The calls of a run.
#[derive(Debug, Default)]
pub struct Calls {
    all: Vec<RemoteCall>,
    dropped: u64,
    /// The latest calls of each called host, by their places.
    by_callee: HashMap<IpAddr, VecDeque<usize>, FixedState>,
    /// Until when the hosts that were called are watched.
    until: Option<Timestamp>,
}

impl Calls {
    /// How long after a call a connection may be its doing, in nanoseconds.
    pub const SOON: i64 = 30_000_000_000;

    /// Where a host that was called authenticates: SMB, HTTP and WinRM.
    const PORTS: [u16; 4] = [445, 139, 80, 5985];

    /// Calls of one host that a connection may be the doing of.
    const LATEST: usize = 16;

    /// Connections kept of one call.
    const OPENED: usize = 8;

    /// Every call, in order of capture.
    pub fn all(&self) -> &[RemoteCall] {
        &self.all
    }

    /// Calls beyond the bound.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Adds a call and returns its place; `None` where the bound is reached.
    pub fn add(&mut self, call: RemoteCall, limits: &Limits) -> Option<usize> {
        if self.all.len() >= limits.remote_calls {
            self.dropped += 1;
            return None;
        }
        let place = self.all.len();
        let end = Timestamp(call.at.timestamp.0.saturating_add(Calls::SOON));
        self.until = self.until.max(Some(end));
        let latest = self.by_callee.entry(call.callee.ip()).or_default();
        if latest.len() >= Calls::LATEST {
            latest.pop_front();
        }
        latest.push_back(place);
        self.all.push(call);
        Some(place)
    }

    /// Notes what became of the call at a place.
    pub fn answer(&mut self, place: usize, at: At, outcome: Outcome) {
        if let Some(call) = self.all.get_mut(place) {
            call.outcome.get_or_insert((at, outcome));
        }
    }

    /// Whether connections matter that are opened at a time.
    pub fn is_watching(&self, time: Timestamp) -> bool {
        self.until.is_some_and(|until| time <= until)
    }

    /// Takes note that a connection was opened.
    pub fn opened(&mut self, opened: Opened) {
        if !Calls::PORTS.contains(&opened.to.port()) {
            return;
        }
        let Some(latest) = self.by_callee.get(&opened.from.ip()) else { return };
        for place in latest {
            let Some(call) = self.all.get_mut(*place) else { continue };
            let is_known = |it: &Opened| (it.from, it.to) == (opened.from, opened.to);
            if call.is_soon_before(opened.at)
                && call.opened.len() < Calls::OPENED
                && !call.opened.iter().any(is_known)
            {
                call.opened.push(opened);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Call, Calls, Opened, RemoteCall, Timestamp};
    use crate::limits::Limits;
    use crate::packet::PacketId;
    use crate::rpc::Interface;
    use crate::smb::fields::Guid;

    const MSRPRN: [u8; 16] = [
        0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89,
        0xab,
    ];

    fn at(seconds: i64) -> At {
        At { timestamp: Timestamp(seconds * 1_000_000_000), packet: PacketId::default() }
    }

    fn call(callee: &str, seconds: i64) -> RemoteCall {
        let interface = Interface::of(Guid(MSRPRN)).unwrap();
        let function = interface.function(65).unwrap();
        RemoteCall {
            call: Call { interface, function, opnum: 65, is_sealed: false, argument: None },
            caller: "10.0.0.66:40000".parse().unwrap(),
            callee: callee.parse().unwrap(),
            pipe: None,
            at: at(seconds),
            outcome: None,
            opened: Vec::new(),
        }
    }

    fn opened(from: &str, to: &str, seconds: i64) -> Opened {
        Opened { from: from.parse().unwrap(), to: to.parse().unwrap(), at: at(seconds) }
    }

    #[test]
    fn connections_of_a_called_host_are_noted_for_a_while() {
        let mut calls = Calls::default();
        assert!(!calls.is_watching(at(100).timestamp));
        calls.add(call("10.0.0.5:445", 100), &Limits::DEFAULT);
        assert!(calls.is_watching(at(130).timestamp) && !calls.is_watching(at(131).timestamp));
        for connection in [
            opened("10.0.0.5:50000", "10.0.0.66:445", 99),
            opened("10.0.0.6:50000", "10.0.0.66:445", 110),
            opened("10.0.0.5:50000", "10.0.0.66:8080", 110),
            opened("10.0.0.5:50000", "10.0.0.66:445", 131),
        ] {
            calls.opened(connection);
        }
        assert_eq!(calls.all()[0].opened, []);
        for _ in 0..2 {
            calls.opened(opened("10.0.0.5:50000", "10.0.0.66:445", 110));
        }
        assert_eq!(calls.all()[0].opened.len(), 1);
    }

    #[test]
    fn calls_and_connections_are_bounded() {
        let limits = Limits { remote_calls: 100, ..Limits::DEFAULT };
        let mut calls = Calls::default();
        for _ in 0..150 {
            calls.add(call("10.0.0.5:445", 1), &limits);
        }
        assert_eq!((calls.all().len(), calls.dropped()), (100, 50));
        for port in 0..100 {
            calls.opened(opened(&format!("10.0.0.5:{}", 50_000 + port), "10.0.0.66:445", 2));
        }
        let noted: Vec<usize> = calls.all().iter().map(|call| call.opened.len()).collect();
        assert_eq!(noted[..84], [0; 84]);
        assert_eq!(noted[84..], [Calls::OPENED; 16]);
    }
}
