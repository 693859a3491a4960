//! Where findings belong in the frameworks that an organisation answers to, and what the identifiers
//! of those say, each with its source. This is the one place of all of it.
//!
//! What CSF 1.1 calls by other names is cited beside CSF 2.0, for questionnaires still quote it; which
//! of 2.0 took in which of 1.1 is NIST's own list of what was withdrawn.

use std::collections::BTreeMap;

use crate::report;

/// A framework, and the identifiers of it that findings belong to.
struct Framework {
    /// Its name in the report.
    id: &'static str,
    /// What it is called.
    name: &'static str,
    /// Where it is published.
    source: &'static str,
    /// Each identifier with what it is about, in our words.
    items: &'static [(&'static str, &'static str)],
}

const FRAMEWORKS: &[Framework] = &[
    Framework {
        id: "nist_csf_2",
        name: "NIST CSF 2.0",
        source: "NIST Cybersecurity Framework 2.0, CSWP 29, 2024, doi.org/10.6028/NIST.CSWP.29",
        items: &[
            ("DE.CM-01", "Networks are watched for what should not be there"),
            ("ID.RA-07", "Exceptions are judged by their risk, recorded and followed"),
            ("PR.AA-01", "Identities and credentials of users, services and hardware are managed"),
            ("PR.AA-03", "Users, services and hardware are authenticated"),
            ("PR.AA-04", "Assertions of identity are protected, conveyed and verified"),
            ("PR.AA-05", "Access is granted by least privilege and reviewed"),
            ("PR.DS-02", "Data on its way is confidential, whole and available"),
            ("PR.IR-01", "Networks are protected from access that nobody allowed"),
            ("PR.PS-01", "Configurations are managed"),
            ("PR.PS-02", "Software is kept up to date, replaced or removed"),
        ],
    },
    Framework {
        id: "nist_csf_1_1",
        name: "NIST CSF 1.1",
        source: "NIST Cybersecurity Framework 1.1, CSWP 6, 2018, doi.org/10.6028/NIST.CSWP.6; withdrawn for 2.0",
        items: &[
            ("DE.CM-1", "The network is watched (2.0: DE.CM-01)"),
            ("PR.AC-1", "Identities and credentials are managed (2.0: PR.AA-01, PR.AA-05)"),
            ("PR.AC-4", "Permissions follow least privilege (2.0: PR.AA-05)"),
            ("PR.AC-5", "The network is protected and segmented (2.0: PR.IR-01)"),
            ("PR.AC-7", "Users, devices and assets are authenticated (2.0: PR.AA-03)"),
            ("PR.DS-2", "Data on its way is protected (2.0: PR.DS-02)"),
            ("PR.IP-1", "There is a baseline configuration (2.0: PR.PS-01)"),
            ("PR.IP-3", "Changes of configuration are controlled (2.0: PR.PS-01, ID.RA-07)"),
            ("PR.PT-3", "Systems provide essential capabilities only (2.0: PR.PS-01)"),
            ("PR.PT-4", "Communication networks are protected (2.0: PR.AA-06, PR.IR-01)"),
        ],
    },
    Framework {
        id: "nist_sp_800_207",
        name: "NIST SP 800-207",
        source: "NIST SP 800-207, Zero Trust Architecture, section 2.1, 2020, doi.org/10.6028/NIST.SP.800-207",
        items: &[
            ("1", "Every source of data and every service is a resource"),
            ("2", "All communication is secured, wherever in the network it is"),
            ("5", "The state of all assets is watched and measured"),
            ("6", "Authentication is strictly enforced before access"),
            ("7", "What is known of assets and networks is gathered and used"),
        ],
    },
    Framework {
        id: "nist_sp_800_53",
        name: "NIST SP 800-53",
        source: "NIST SP 800-53 revision 5, 2020, doi.org/10.6028/NIST.SP.800-53r5",
        items: &[
            ("AC-6", "Least privilege"),
            ("AC-7", "Logons that failed too often"),
            ("AC-14", "What may be done without authentication"),
            ("CM-3", "Changes of configuration are controlled"),
            ("CM-7", "No more functions than are needed"),
            ("IA-2", "Users are identified and authenticated"),
            ("IA-5", "Passwords and keys are managed"),
            ("SC-7", "Boundaries are protected"),
            ("SC-8", "What is transmitted stays confidential and whole"),
            ("SC-20", "Names are resolved by who is to be trusted"),
            ("SC-23", "Sessions are authentic"),
            ("SI-2", "Flaws are remedied"),
        ],
    },
    Framework {
        id: "owasp_nhi",
        name: "OWASP NHI",
        source: "OWASP Non-Human Identities Top 10, 2025, owasp.org/www-project-non-human-identities-top-10/",
        items: &[
            ("NHI4", "Insecure authentication"),
            ("NHI5", "Overprivileged identities"),
            ("NHI7", "Long-lived secrets"),
            ("NHI9", "Identities that are used in several places"),
        ],
    },
    Framework {
        id: "mitre_attack",
        name: "MITRE ATT&CK",
        source: "MITRE ATT&CK for Enterprise, attack.mitre.org",
        items: &[
            ("T1021.002", "Remote services: SMB and Windows administration shares"),
            ("T1040", "Network sniffing"),
            ("T1068", "Exploitation for privilege escalation"),
            ("T1078.001", "Default accounts"),
            ("T1110.002", "Passwords are cracked"),
            ("T1110.003", "One password is tried on many accounts"),
            ("T1135", "Shares are discovered"),
            ("T1187", "Authentication is forced"),
            ("T1210", "Exploitation of remote services"),
            ("T1550.002", "Pass the hash"),
            ("T1550.003", "Pass the ticket"),
            ("T1557", "Adversary in the middle"),
            ("T1557.001", "Name resolution is poisoned and SMB relayed"),
            ("T1558", "Kerberos tickets are stolen or forged"),
            ("T1558.003", "Kerberoasting"),
            ("T1565.002", "Data is changed on its way"),
        ],
    },
    Framework {
        id: "cis",
        name: "CIS",
        source: "CIS Microsoft Windows Server Benchmarks, section 2.3, www.cisecurity.org/cis-benchmarks",
        items: &[
            ("2.3.8.1", "Microsoft network client: Digitally sign communications (always)"),
            (
                "2.3.8.2",
                "Microsoft network client: Digitally sign communications (if server agrees)",
            ),
            (
                "2.3.8.3",
                "Microsoft network client: Send unencrypted password to third-party SMB servers",
            ),
            ("2.3.9.2", "Microsoft network server: Digitally sign communications (always)"),
            (
                "2.3.9.3",
                "Microsoft network server: Digitally sign communications (if client agrees)",
            ),
        ],
    },
];

/// The frameworks, and for each identifier the rules whose findings belong to it; identifiers without
/// a rule are left out.
pub(super) fn table() -> Vec<report::Framework> {
    let frameworks = FRAMEWORKS.iter().map(|framework| report::Framework {
        id: framework.id.to_owned(),
        name: framework.name.to_owned(),
        source: framework.source.to_owned(),
        items: framework.items.iter().filter_map(|item| cited(framework, item)).collect(),
    });
    frameworks.collect()
}

fn cited(
    framework: &Framework,
    (id, about): &(&'static str, &'static str),
) -> Option<report::FrameworkItem> {
    let cites = |rule: &&super::Rule| {
        let all = rule.references.all().into_iter().find(|(name, _)| *name == framework.id);
        all.is_some_and(|(_, ids)| ids.contains(id))
    };
    let rules: Vec<String> = super::rules().filter(cites).map(|it| it.name.to_owned()).collect();
    let item = report::FrameworkItem { id: (*id).to_owned(), about: (*about).to_owned(), rules };
    (!item.rules.is_empty()).then_some(item)
}

/// The identifiers of one kind of finding, by framework.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// NIST CSF 2.0.
    pub nist_csf_2: &'static [&'static str],
    /// NIST CSF 1.1.
    pub nist_csf_1_1: &'static [&'static str],
    /// Tenets of NIST SP 800-207.
    pub nist_sp_800_207: &'static [&'static str],
    /// Controls of NIST SP 800-53.
    pub nist_sp_800_53: &'static [&'static str],
    /// OWASP Non-Human Identities Top 10.
    pub owasp_nhi: &'static [&'static str],
    /// MITRE ATT&CK techniques.
    pub mitre_attack: &'static [&'static str],
    /// Sections of the CIS Microsoft Windows Server benchmarks.
    pub cis: &'static [&'static str],
}

impl References {
    /// The identifiers of each framework, by its name in the report.
    fn all(&self) -> [(&'static str, &'static [&'static str]); 7] {
        [
            ("nist_csf_2", self.nist_csf_2),
            ("nist_csf_1_1", self.nist_csf_1_1),
            ("nist_sp_800_207", self.nist_sp_800_207),
            ("nist_sp_800_53", self.nist_sp_800_53),
            ("owasp_nhi", self.owasp_nhi),
            ("mitre_attack", self.mitre_attack),
            ("cis", self.cis),
        ]
    }

    /// The identifiers by the framework's name in the report; frameworks without one are left out.
    pub fn by_framework(&self) -> BTreeMap<String, Vec<String>> {
        let named = self.all().into_iter().filter(|(_, ids)| !ids.is_empty());
        named
            .map(|(name, ids)| (name.to_owned(), ids.iter().map(|id| (*id).to_owned()).collect()))
            .collect()
    }
}

const NONE: References = References {
    nist_csf_2: &[],
    nist_csf_1_1: &[],
    nist_sp_800_207: &[],
    nist_sp_800_53: &[],
    owasp_nhi: &[],
    mitre_attack: &[],
    cis: &[],
};

/// Sections about signing: the client's and the server's "always" and "if … agrees" policies.
const CIS_SIGNING: &[&str] = &["2.3.8.1", "2.3.8.2", "2.3.9.2", "2.3.9.3"];

/// Messages that are not signed, or a side that does not ask for it.
pub(super) const SIGNING: References = References {
    nist_csf_2: &["PR.DS-02", "PR.PS-01"],
    nist_csf_1_1: &["PR.DS-2", "PR.IP-1"],
    nist_sp_800_207: &["2"],
    nist_sp_800_53: &["SC-8", "SC-23"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1557", "T1557.001"],
    cis: CIS_SIGNING,
};

/// Messages that were changed, or a negotiation that was.
pub(super) const TAMPERING: References = References {
    nist_csf_2: &["PR.DS-02", "DE.CM-01", "PR.AA-04"],
    nist_csf_1_1: &["PR.DS-2", "DE.CM-1"],
    nist_sp_800_207: &["2", "7"],
    nist_sp_800_53: &["SC-8", "SC-23"],
    mitre_attack: &["T1557", "T1565.002"],
    cis: CIS_SIGNING,
    ..NONE
};

/// An NTLM authentication that is passed on.
pub(super) const RELAY: References = References {
    nist_csf_2: &["PR.AA-03", "PR.AA-04", "DE.CM-01"],
    nist_csf_1_1: &["PR.AC-7", "DE.CM-1"],
    nist_sp_800_207: &["2", "6"],
    nist_sp_800_53: &["SC-8", "SC-23", "IA-2"],
    owasp_nhi: &["NHI4", "NHI5"],
    mitre_attack: &["T1557.001"],
    cis: CIS_SIGNING,
};

/// A server that is made to authenticate to somebody.
pub(super) const COERCION: References = References {
    nist_csf_2: &["PR.PS-01", "PR.IR-01", "DE.CM-01"],
    nist_csf_1_1: &["PR.PT-3", "DE.CM-1"],
    nist_sp_800_207: &["2", "6"],
    nist_sp_800_53: &["CM-7", "SC-7"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1187", "T1557.001"],
    ..NONE
};

/// An authentication that is passed back to where it came from.
pub(super) const REFLECTION: References = References {
    nist_csf_2: &["PR.PS-02", "PR.AA-04"],
    nist_sp_800_207: &["6"],
    nist_sp_800_53: &["SC-23", "SI-2"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1557.001", "T1068"],
    cis: CIS_SIGNING,
    ..NONE
};

/// Responses and passwords that are too weak.
pub(super) const WEAK_AUTHENTICATION: References = References {
    nist_csf_2: &["PR.AA-03", "PR.AA-01"],
    nist_csf_1_1: &["PR.AC-7", "PR.AC-1"],
    nist_sp_800_207: &["6"],
    nist_sp_800_53: &["IA-2", "IA-5"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1110.002", "T1040"],
    cis: &["2.3.8.3"],
};

/// A Kerberos ticket that is passed on or used by another.
pub(super) const KERBEROS: References = References {
    nist_csf_2: &["PR.AA-04"],
    nist_sp_800_207: &["6"],
    nist_sp_800_53: &["SC-23", "IA-2"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1550.003", "T1558"],
    ..NONE
};

/// Kerberos keys that are too weak.
pub(super) const KERBEROS_KEYS: References = References {
    nist_csf_2: &["PR.AA-01"],
    nist_csf_1_1: &["PR.AC-1"],
    nist_sp_800_207: &["6"],
    nist_sp_800_53: &["IA-5"],
    owasp_nhi: &["NHI7", "NHI9"],
    mitre_attack: &["T1558.003"],
    ..NONE
};

/// Names that are answered by whoever wants to.
pub(super) const NAMES: References = References {
    nist_csf_2: &["PR.IR-01"],
    nist_csf_1_1: &["PR.PT-4"],
    nist_sp_800_207: &["2"],
    nist_sp_800_53: &["SC-7", "SC-20"],
    mitre_attack: &["T1557.001"],
    ..NONE
};

/// Sessions of nobody in particular.
pub(super) const GUESTS: References = References {
    nist_csf_2: &["PR.AA-03", "PR.AA-05"],
    nist_csf_1_1: &["PR.AC-4", "PR.AC-7"],
    nist_sp_800_207: &["1", "6"],
    nist_sp_800_53: &["AC-6", "AC-14", "IA-2"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1135", "T1078.001"],
    ..NONE
};

/// Passwords that are guessed.
pub(super) const GUESSING: References = References {
    nist_csf_2: &["PR.AA-03", "DE.CM-01"],
    nist_csf_1_1: &["PR.AC-7", "DE.CM-1"],
    nist_sp_800_207: &["6"],
    nist_sp_800_53: &["AC-7"],
    mitre_attack: &["T1110.003"],
    ..NONE
};

/// Weaknesses that somebody accepted.
pub(super) const EXCEPTIONS: References = References {
    nist_csf_2: &["ID.RA-07", "PR.PS-01"],
    nist_csf_1_1: &["PR.IP-1", "PR.IP-3"],
    nist_sp_800_207: &["5"],
    nist_sp_800_53: &["CM-3"],
    ..NONE
};

/// SMB1.
pub(super) const SMB1: References = References {
    nist_csf_2: &["PR.PS-01"],
    nist_csf_1_1: &["PR.IP-1"],
    nist_sp_800_207: &["2"],
    nist_sp_800_53: &["CM-7"],
    mitre_attack: &["T1210"],
    ..NONE
};

/// Data that everybody on the way can read.
pub(super) const CLEAR_TEXT: References = References {
    nist_csf_2: &["PR.DS-02"],
    nist_csf_1_1: &["PR.DS-2"],
    nist_sp_800_207: &["2"],
    nist_sp_800_53: &["SC-8"],
    mitre_attack: &["T1040"],
    ..NONE
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{FRAMEWORKS, table};

    #[test]
    fn every_identifier_is_explained_once() {
        for framework in FRAMEWORKS {
            let known: BTreeSet<&str> = framework.items.iter().map(|(id, _)| *id).collect();
            assert_eq!(known.len(), framework.items.len(), "{}", framework.name);
            assert!(framework.source.contains('.'), "{}", framework.source);
            let cited = super::super::rules()
                .flat_map(|rule| rule.references.all())
                .filter(|(name, _)| *name == framework.id)
                .flat_map(|(_, ids)| ids);
            for id in cited {
                assert!(known.contains(id), "{} {id} is not explained", framework.name);
            }
        }
    }

    #[test]
    fn every_framework_of_a_finding_is_in_the_table() {
        let known: BTreeSet<&str> = FRAMEWORKS.iter().map(|it| it.id).collect();
        for rule in super::super::rules() {
            for (name, ids) in rule.references.all() {
                assert!(ids.is_empty() || known.contains(name), "{}: {name}", rule.name);
            }
        }
        let table = table();
        let signing = table.iter().find(|it| it.id == "nist_csf_2").unwrap();
        let item = signing.items.iter().find(|it| it.id == "PR.DS-02").unwrap();
        assert!(item.rules.iter().any(|rule| rule == "signing-not-required"));
        assert!(signing.items.iter().all(|it| !it.rules.is_empty()));
    }
}
