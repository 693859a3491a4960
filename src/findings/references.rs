//! Where findings belong in the frameworks that an organisation answers to.
//!
//! NIST CSF 2.0 (with the identifiers of 1.1 that questionnaires still quote), the tenets of NIST
//! SP 800-207 section 2.1, the OWASP Non-Human Identities Top 10 of 2025, MITRE ATT&CK, and the CIS
//! benchmarks of Windows Server.

use std::collections::BTreeMap;

/// The identifiers of one kind of finding, by framework.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// NIST CSF 2.0.
    pub nist_csf_2: &'static [&'static str],
    /// NIST CSF 1.1.
    pub nist_csf_1_1: &'static [&'static str],
    /// Tenets of NIST SP 800-207.
    pub nist_sp_800_207: &'static [&'static str],
    /// OWASP Non-Human Identities Top 10.
    pub owasp_nhi: &'static [&'static str],
    /// MITRE ATT&CK techniques.
    pub mitre_attack: &'static [&'static str],
    /// Sections of the CIS Microsoft Windows Server benchmarks.
    pub cis: &'static [&'static str],
}

impl References {
    /// The identifiers by the framework's name in the report; frameworks without one are left out.
    pub fn by_framework(&self) -> BTreeMap<String, Vec<String>> {
        let all = [
            ("nist_csf_2", self.nist_csf_2),
            ("nist_csf_1_1", self.nist_csf_1_1),
            ("nist_sp_800_207", self.nist_sp_800_207),
            ("owasp_nhi", self.owasp_nhi),
            ("mitre_attack", self.mitre_attack),
            ("cis", self.cis),
        ];
        let named = all.into_iter().filter(|(_, ids)| !ids.is_empty());
        named
            .map(|(name, ids)| (name.to_owned(), ids.iter().map(|id| (*id).to_owned()).collect()))
            .collect()
    }
}

const NONE: References = References {
    nist_csf_2: &[],
    nist_csf_1_1: &[],
    nist_sp_800_207: &[],
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
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1557", "T1557.001"],
    cis: CIS_SIGNING,
};

/// Messages that were changed, or a negotiation that was.
pub(super) const TAMPERING: References = References {
    nist_csf_2: &["PR.DS-02", "DE.CM-01", "PR.AA-04"],
    nist_csf_1_1: &["PR.DS-2", "DE.CM-1"],
    nist_sp_800_207: &["2", "7"],
    mitre_attack: &["T1557", "T1565.002"],
    cis: CIS_SIGNING,
    ..NONE
};

/// An NTLM authentication that is passed on.
pub(super) const RELAY: References = References {
    nist_csf_2: &["PR.AA-03", "PR.AA-04", "DE.CM-01"],
    nist_csf_1_1: &["PR.AC-7", "DE.CM-1"],
    nist_sp_800_207: &["2", "6"],
    owasp_nhi: &["NHI4", "NHI5"],
    mitre_attack: &["T1557.001"],
    cis: CIS_SIGNING,
};

/// An authentication that is passed back to where it came from.
pub(super) const REFLECTION: References = References {
    nist_csf_2: &["PR.PS-02", "PR.AA-04"],
    nist_sp_800_207: &["6"],
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
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1110.002", "T1040"],
    cis: &["2.3.8.3"],
};

/// A Kerberos ticket that is passed on or used by another.
pub(super) const KERBEROS: References = References {
    nist_csf_2: &["PR.AA-04"],
    nist_sp_800_207: &["6"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1550.003", "T1558"],
    ..NONE
};

/// Kerberos keys that are too weak.
pub(super) const KERBEROS_KEYS: References = References {
    nist_csf_2: &["PR.AA-01"],
    nist_csf_1_1: &["PR.AC-1"],
    nist_sp_800_207: &["6"],
    owasp_nhi: &["NHI7", "NHI9"],
    mitre_attack: &["T1558.003"],
    ..NONE
};

/// Names that are answered by whoever wants to.
pub(super) const NAMES: References = References {
    nist_csf_2: &["PR.IR-01"],
    nist_csf_1_1: &["PR.PT-4"],
    nist_sp_800_207: &["2"],
    mitre_attack: &["T1557.001"],
    ..NONE
};

/// Sessions of nobody in particular.
pub(super) const GUESTS: References = References {
    nist_csf_2: &["PR.AA-03", "PR.AA-05"],
    nist_csf_1_1: &["PR.AC-4", "PR.AC-7"],
    nist_sp_800_207: &["1", "6"],
    owasp_nhi: &["NHI4"],
    mitre_attack: &["T1135", "T1078.001"],
    ..NONE
};

/// Passwords that are guessed.
pub(super) const GUESSING: References = References {
    nist_csf_2: &["PR.AA-03", "DE.CM-01"],
    nist_csf_1_1: &["PR.AC-7", "DE.CM-1"],
    nist_sp_800_207: &["6"],
    mitre_attack: &["T1110.003"],
    ..NONE
};

/// SMB1.
pub(super) const SMB1: References = References {
    nist_csf_2: &["PR.PS-01"],
    nist_csf_1_1: &["PR.IP-1"],
    nist_sp_800_207: &["2"],
    mitre_attack: &["T1210"],
    ..NONE
};

/// Data that everybody on the way can read.
pub(super) const CLEAR_TEXT: References = References {
    nist_csf_2: &["PR.DS-02"],
    nist_csf_1_1: &["PR.DS-2"],
    nist_sp_800_207: &["2"],
    mitre_attack: &["T1040"],
    ..NONE
};
