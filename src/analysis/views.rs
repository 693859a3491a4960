//! Sessions that are one conversation recorded in several places: on both sides of a NAT or a load
//! balancer, before and behind a forwarder of bytes, or in networks whose clocks differ.
//!
//! Such recordings have every byte of SMB in common. A relay of an authentication does not: it is a
//! client of its own, with numbers and identifiers of its own. So sessions are one conversation where
//! the messages of their setups are equal byte by byte, and of one time.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use crate::flow::Direction;
use crate::limits::Limits;
use crate::session::{Connection, Observer, Session, SetupOutcome};

/// How far apart the recordings of one conversation begin in one capture, in nanoseconds.
const APART: i64 = 10_000_000_000;

/// The same in two captures, the clocks of which may be hours apart: one day.
const CLOCKS_APART: i64 = 86_400_000_000_000;

/// Which sessions are one conversation, and which are alike in all that a filter can name.
#[derive(Debug, Default)]
pub(super) struct Views {
    others: HashMap<usize, Vec<usize>, FixedState>,
    /// Sessions with the same ends and SessionId as another one in another network.
    alike: HashMap<usize, (), FixedState>,
}

impl Views {
    /// The views among the sessions of `observer`, each by its place in `order`.
    pub(super) fn of(observer: &Observer, order: &[usize], limits: &Limits) -> Views {
        let mut views = Views { alike: alike(observer, order), ..Views::default() };
        let mut by_setup: HashMap<u64, Vec<usize>, FixedState> = HashMap::default();
        for place in 0..order.len() {
            if let Some(hash) = session_at(observer, order, place).and_then(setup_hash) {
                by_setup.entry(hash).or_default().push(place);
            }
        }
        for places in by_setup.values().filter(|places| places.len() > 1) {
            for (number, place) in places.iter().enumerate() {
                // Sessions that begin one after the other stand so in the list.
                let later = places.iter().skip(number + 1).take(limits.views_per_session);
                for other in later {
                    let both = [*place, *other].map(|it| session_at(observer, order, it));
                    if let [Some(session), Some(other_session)] = both
                        && is_same(observer, session, other_session)
                    {
                        views.link(*place, *other, limits.views_per_session);
                    }
                }
            }
        }
        views
    }

    /// The other views of the session at `place`, by their places.
    pub(super) fn others(&self, place: usize) -> &[usize] {
        self.others.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Whether the ends and the SessionId of the session at `place` are those of another one too.
    pub(super) fn is_alike(&self, place: usize) -> bool {
        self.alike.contains_key(&place)
    }

    fn link(&mut self, one: usize, other: usize, limit: usize) {
        for (from, to) in [(one, other), (other, one)] {
            let others = self.others.entry(from).or_default();
            if others.len() < limit {
                others.push(to);
            }
        }
    }
}

fn session_at<'a>(observer: &'a Observer, order: &[usize], place: usize) -> Option<&'a Session> {
    observer.sessions().get(*order.get(place)?)
}

fn connection_of<'a>(observer: &'a Observer, session: &Session) -> Option<&'a Connection> {
    observer.connection(session.channels.first()?.connection)
}

/// What the messages of a session's setup come to; `None` where they do not tell it from others.
fn setup_hash(session: &Session) -> Option<u64> {
    let messages = &session.setup.messages;
    let has = |direction| messages.iter().any(|message| message.direction == direction);
    let is_told = session.setup.outcome != SetupOutcome::NotSeen
        && has(Direction::ToServer)
        && has(Direction::ToClient)
        && messages.iter().all(|message| message.is_whole && !message.bytes.is_empty());
    if !is_told {
        return None;
    }
    let mut hasher = FixedState::default().build_hasher();
    session.session_id.hash(&mut hasher);
    for message in messages {
        hasher.write(&message.bytes);
    }
    Some(hasher.finish())
}

/// Whether two sessions with the same hash are one conversation.
fn is_same(observer: &Observer, one: &Session, other: &Session) -> bool {
    let (Some(connection), Some(another)) =
        (connection_of(observer, one), connection_of(observer, other))
    else {
        return false;
    };
    let apart = one.first.timestamp.0.abs_diff(other.first.timestamp.0);
    let is_one_capture = one.first.packet.source == other.first.packet.source;
    let most = if is_one_capture { APART } else { CLOCKS_APART };
    let (messages, others) = (&one.setup.messages, &other.setup.messages);
    apart <= most.unsigned_abs()
        && one.generation == other.generation
        && one.session_id == other.session_id
        && (connection.client_guid, connection.server_guid)
            == (another.client_guid, another.server_guid)
        && messages.len() == others.len()
        && messages.iter().zip(others).all(|(message, other)| {
            message.direction == other.direction && message.bytes == other.bytes
        })
}

/// The sessions with the same ends and SessionId as another one in another network.
fn alike(observer: &Observer, order: &[usize]) -> HashMap<usize, (), FixedState> {
    let mut connections = observer.connections().iter();
    let first = connections.next().map(|connection| connection.network);
    let mut alike = HashMap::default();
    if connections.all(|connection| Some(connection.network) == first) {
        return alike;
    }
    type Ends = (SocketAddr, SocketAddr, u64);
    let mut known: HashMap<Ends, (usize, u64), FixedState> = HashMap::default();
    for place in 0..order.len() {
        let Some(session) = session_at(observer, order, place) else { continue };
        let Some(connection) = connection_of(observer, session) else { continue };
        let ends = (connection.client, connection.server, session.session_id);
        let (earlier, network) = *known.entry(ends).or_insert((place, connection.network));
        if network != connection.network {
            alike.insert(place, ());
            alike.insert(earlier, ());
        }
    }
    alike
}
