//! What to do about findings: the settings by their exact names, a few sentences for each.

/// A remedy: sentences, each of which stands alone.
pub type Remedy = &'static [&'static str];

/// Signing required on both sides.
pub(super) const SIGN: Remedy = &[
    "Require signing on servers: policy \"Microsoft network server: Digitally sign communications (always)\", or Set-SmbServerConfiguration -RequireSecuritySignature $true (registry: LanmanServer\\Parameters RequireSecuritySignature = 1); Samba: server signing = mandatory; ONTAP: vserver cifs security modify -is-signing-required true.",
    "Require it on clients too, which protects users against false servers: policy \"Microsoft network client: Digitally sign communications (always)\", or Set-SmbClientConfiguration -RequireSecuritySignature $true (registry: LanmanWorkstation\\Parameters RequireSecuritySignature = 1); Samba: client signing = required.",
    "Look first who cannot sign: Set-SmbServerConfiguration -AuditClientDoesNotSupportSigning $true and Set-SmbClientConfiguration -AuditServerDoesNotSupportSigning $true (events 3021, 3022, 31998, 31999).",
];

/// What to do while it is not clear who changed what.
pub(super) const INVESTIGATE: Remedy = &[
    "Look at the packets of the evidence, and capture at both ends at once: what differs was changed on the way.",
];

/// Hosts and accounts to look at after a relay.
pub(super) const RESPOND: Remedy = &[
    "Find out what the host in the middle is, take it off the network if nobody can say, and go through what the account did on the server that accepted it.",
];

/// Less NTLM.
pub(super) const NTLM: Remedy = &[
    "Let hosts send and accept NTLMv2 only: policy \"Network security: LAN Manager authentication level\" = Send NTLMv2 response only. Refuse LM & NTLM (registry: Lsa LmCompatibilityLevel = 5); Samba: ntlm auth = ntlmv2-only.",
    "Audit NTLM, then restrict it (policies \"Network security: Restrict NTLM: …\"); use names that Kerberos knows instead of IP addresses.",
];

/// Authentication bound to its channel, beyond SMB.
pub(super) const CHANNEL_BINDING: Remedy = &[
    "Where the same accounts reach LDAP or HTTP: require LDAP signing and channel binding, and Extended Protection for Authentication on web servers and AD CS.",
];

/// What was patched.
pub(super) const PATCH: Remedy = &[
    "Install the updates of June 2025 or later (CVE-2025-33073); requiring signing stops it as well.",
];

/// Who may name hosts in DNS.
pub(super) const DNS: Remedy = &[
    "Restrict who may register names in DNS zones of Active Directory, and look who registered this one.",
];

/// Name services that anybody answers.
pub(super) const NAMES: Remedy = &[
    "Turn off multicast name resolution (policy \"Turn off multicast name resolution\"), NetBIOS over TCP/IP, and mDNS where nothing needs it; register wpad in DNS or block it, and guard against foreign DHCPv6 servers.",
];

/// Software that is old.
pub(super) const UPDATE: Remedy =
    &["Bring the software of both sides up to date, so that they agree on SMB 3.1.1."];
