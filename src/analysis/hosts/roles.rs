//! What hosts are seen to be, and the packets that show it. Nothing is taken for granted: a host of
//! which nothing is shown has no role.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::names::{Names, Origin, Place};
use crate::packet::PacketId;
use crate::report::{Evidence, Role, RoleEvidence};
use crate::services::{Answer, Service, Services};
use crate::session::{Session, Tree};
use crate::smb::smb2::ShareType;

use super::evidence;

/// Packets told of one role.
const EVIDENCE: usize = 4;

/// Hosts that somebody has to administer before it is taken for an administrator's.
const ADMINISTERED: usize = 2;

/// The suffixes of NetBIOS names that domain controllers register (\[MS-NBTE\] 2.1.8, RFC 1002): the
/// master browser of the domain, and the domain's controllers, which is a group.
const DOMAIN_MASTER: u8 = 0x1b;
const DOMAIN_CONTROLLERS: u8 = 0x1c;

/// The roles of one host, as they are gathered.
#[derive(Default)]
pub(super) struct Roles {
    shown: BTreeMap<Role, Vec<Evidence>>,
    /// The hosts that it administers, each with the first packet.
    administered: BTreeMap<IpAddr, Evidence>,
}

impl Roles {
    pub(super) fn show(&mut self, role: Role, shown: Evidence) {
        let known = self.shown.entry(role).or_default();
        let is_told = known.iter().any(|it| (&it.field, &it.value) == (&shown.field, &shown.value));
        if known.len() < EVIDENCE && !is_told {
            known.push(shown);
        }
    }

    /// What the shares of a session show of its server.
    pub(super) fn shares(&mut self, session: &Session) {
        for tree in &session.trees {
            if let Some((role, meaning)) = of_share(tree) {
                self.show(role, connected(tree, meaning));
            }
        }
    }

    /// What the shares of a session with `server` show of its client.
    pub(super) fn administers(&mut self, server: IpAddr, session: &Session) {
        let is_first = !self.administered.contains_key(&server);
        if !is_first || self.administered.len() >= EVIDENCE {
            return;
        }
        let tree = session.trees.iter().find(|tree| is_administrative(share_of(&tree.path)));
        if let Some(tree) = tree {
            let meaning = "It connected to a share that only administrators can use.";
            self.administered.insert(server, connected(tree, meaning));
        }
    }

    /// What else was seen of a host, beside SMB.
    pub(super) fn beside_smb(&mut self, address: IpAddr, names: &Names, services: &Services) {
        for answer in services.of(address) {
            self.show(Role::DomainController, answered(answer));
        }
        for said in names.of(address).iter().filter(|said| said.origin == Origin::Nbns) {
            let meaning = match (said.suffix, said.is_group) {
                (Some(DOMAIN_CONTROLLERS), true) => "It is in the group of a domain's controllers.",
                (Some(DOMAIN_MASTER), false) => {
                    "It is the master browser of a domain, which its first controller is."
                }
                _ => continue,
            };
            if let (true, Place::Packet(packet)) = (said.claimed_by == Some(address), said.place) {
                let value = format!("{}<{:02x}>", said.name, said.suffix.unwrap_or_default());
                let shown = evidence(packet, "NetBIOS name", value, meaning.to_owned());
                self.show(Role::DomainController, shown);
            }
        }
    }

    /// The roles, and what shows each.
    pub(super) fn told(mut self) -> (Vec<Role>, Vec<RoleEvidence>) {
        if self.administered.len() >= ADMINISTERED {
            for shown in std::mem::take(&mut self.administered).into_values() {
                self.shown.entry(Role::AdministrationWorkstation).or_default().push(shown);
            }
        }
        let roles = self.shown.keys().copied().collect();
        let shown = self.shown.into_iter();
        let evidence = shown.flat_map(|(role, evidence)| {
            evidence.into_iter().map(move |evidence| RoleEvidence { role, evidence })
        });
        (roles, evidence.collect())
    }
}

/// What a share that somebody got shows of its server.
fn of_share(tree: &Tree) -> Option<(Role, &'static str)> {
    let share = share_of(&tree.path);
    let is = |name: &str| share.eq_ignore_ascii_case(name);
    if is("SYSVOL") || is("NETLOGON") {
        return Some((
            Role::DomainController,
            "A client got a share that domain controllers have.",
        ));
    }
    if is("print$") || tree.share_type == Some(ShareType::SMB2_SHARE_TYPE_PRINT) {
        return Some((Role::PrintServer, "A client got a share for printing."));
    }
    let is_pipe = is("IPC$") || tree.share_type == Some(ShareType::SMB2_SHARE_TYPE_PIPE);
    let is_files = !is_pipe && !is_administrative(share) && !share.is_empty();
    is_files.then_some((Role::FileServer, "A client got a share with files."))
}

/// The share of a UNC path.
fn share_of(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or_default()
}

/// Whether a share is one of those that Windows makes for administrators: ADMIN$, and each drive.
fn is_administrative(share: &str) -> bool {
    let is_drive = |share: &[u8]| matches!(share, [letter, b'$'] if letter.is_ascii_alphabetic());
    share.eq_ignore_ascii_case("ADMIN$") || is_drive(share.as_bytes())
}

fn connected(tree: &Tree, meaning: &str) -> Evidence {
    evidence(tree.packet, "TREE_CONNECT path", tree.path.to_string(), meaning.to_owned())
}

fn answered(answer: &Answer) -> Evidence {
    let (field, value, meaning) = match answer.service {
        Service::Kdc => ("Kerberos", "an answer of a KDC", "It answered as a domain's KDC."),
        Service::DomainLocator => {
            ("CLDAP", "Netlogon", "It answered who looked for a domain controller.")
        }
        Service::Directory => (
            "LDAP",
            "domainControllerFunctionality",
            "It answered as the directory of a domain controller.",
        ),
    };
    let packet: PacketId = answer.packet;
    evidence(packet, field, value.to_owned(), meaning.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_administrative, of_share};
    use crate::packet::PacketId;
    use crate::report::Role;
    use crate::session::Tree;
    use crate::smb::smb2::ShareType;

    fn role(path: &str, share_type: Option<ShareType>) -> Option<Role> {
        let tree =
            Tree { path: path.into(), share_flags: None, share_type, packet: PacketId::default() };
        of_share(&tree).map(|(role, _)| role)
    }

    #[test]
    fn shares_tell_what_their_server_is() {
        assert_eq!(role(r"\\dc1\SysVol", None), Some(Role::DomainController));
        assert_eq!(role(r"\\dc1\NETLOGON", None), Some(Role::DomainController));
        assert_eq!(role(r"\\ps1\print$", None), Some(Role::PrintServer));
        let print = Some(ShareType::SMB2_SHARE_TYPE_PRINT);
        assert_eq!(role(r"\\ps1\laser", print), Some(Role::PrintServer));
        assert_eq!(role(r"\\fs1\data", None), Some(Role::FileServer));
        for none in [r"\\fs1\IPC$", r"\\fs1\C$", r"\\fs1\admin$", r"\\fs1\"] {
            assert_eq!(role(none, None), None, "{none}");
        }
        let pipe = Some(ShareType::SMB2_SHARE_TYPE_PIPE);
        assert_eq!(role(r"\\fs1\other", pipe), None);
    }

    #[test]
    fn shares_of_administrators_are_known_by_their_names() {
        assert!(is_administrative("ADMIN$") && is_administrative("c$"));
        assert!(!is_administrative("print$") && !is_administrative("ab$"));
        assert!(!is_administrative("IPC$") && !is_administrative("$"));
    }
}
