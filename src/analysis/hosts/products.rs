//! What versions and texts that hosts say of themselves are called.
//!
//! Builds of Windows are those of Microsoft's pages "Windows 10 release information", "Windows 11
//! release information", "Windows Server release information" and, of older ones, "Operating System
//! Version"; the Version of NTLM (\[MS-NLMP\] 2.2.2.10) tells the build without later changes of its
//! number: every Windows 10 from 2004 to 22H2 says 19041.
//! That Samba says 6.1 with build 0 is what its servers and clients send, and that macOS says it is
//! a Windows 7 what its send; that impacket's server says nothing but set bits is in its
//! `smbserver.py`.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use crate::auth::ntlmssp::Version;

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    pub(super) name: Cow<'static, str>,
    /// What it runs on, as far as its name tells.
    pub(super) kind: Kind,
}

/// What a product runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Workstations, and of servers none that is or was widely used.
    Workstation,
    /// Storage that is sold as such.
    Nas,
    /// Anything.
    Any,
}

/// Builds of one version that have a name.
struct Builds {
    major: u8,
    minor: u8,
    builds: RangeInclusive<u16>,
    name: &'static str,
    kind: Kind,
}

const fn builds(
    (major, minor): (u8, u8),
    builds: RangeInclusive<u16>,
    kind: Kind,
    name: &'static str,
) -> Builds {
    Builds { major, minor, builds, name, kind }
}

const BUILDS: &[Builds] = &[
    builds((5, 0), 2195..=2195, Kind::Any, "Windows 2000"),
    builds((5, 1), 2600..=2600, Kind::Workstation, "Windows XP"),
    builds((5, 2), 3790..=3790, Kind::Any, "Windows Server 2003, or Windows XP x64"),
    builds((6, 0), 6000..=6000, Kind::Workstation, "Windows Vista"),
    builds((6, 0), 6001..=6001, Kind::Any, "Windows Vista SP1 or Windows Server 2008"),
    builds((6, 0), 6002..=6003, Kind::Any, "Windows Vista SP2 or Windows Server 2008 SP2"),
    builds((6, 1), 0..=0, Kind::Any, "Samba"),
    builds((6, 1), 7600..=7600, Kind::Any, "Windows 7 or Windows Server 2008 R2, or macOS"),
    builds((6, 1), 7601..=7601, Kind::Any, "Windows 7 SP1 or Windows Server 2008 R2 SP1"),
    builds((6, 2), 9200..=9200, Kind::Any, "Windows 8 or Windows Server 2012"),
    builds((6, 3), 9600..=9600, Kind::Any, "Windows 8.1 or Windows Server 2012 R2"),
    builds((10, 0), 10_240..=10_240, Kind::Workstation, "Windows 10 1507"),
    builds((10, 0), 10_586..=10_586, Kind::Workstation, "Windows 10 1511"),
    builds((10, 0), 14_393..=14_393, Kind::Any, "Windows 10 1607 or Windows Server 2016"),
    builds((10, 0), 15_063..=15_063, Kind::Workstation, "Windows 10 1703"),
    builds((10, 0), 16_299..=16_299, Kind::Any, "Windows 10 1709 or Windows Server 1709"),
    builds((10, 0), 17_134..=17_134, Kind::Any, "Windows 10 1803 or Windows Server 1803"),
    builds((10, 0), 17_763..=17_763, Kind::Any, "Windows 10 1809 or Windows Server 2019"),
    builds((10, 0), 18_362..=18_363, Kind::Any, "Windows 10 or Windows Server, 1903 or 1909"),
    builds((10, 0), 19_041..=19_045, Kind::Workstation, "Windows 10 2004 to 22H2"),
    builds((10, 0), 20_348..=20_348, Kind::Any, "Windows Server 2022"),
    builds((10, 0), 22_000..=22_000, Kind::Workstation, "Windows 11 21H2"),
    builds((10, 0), 22_621..=22_631, Kind::Workstation, "Windows 11 22H2 or 23H2"),
    builds((10, 0), 25_398..=25_398, Kind::Any, "Windows Server 23H2"),
    builds((10, 0), 26_100..=26_100, Kind::Any, "Windows 11 24H2 or 25H2, or Windows Server 2025"),
    builds((10, 0), 26_200..=26_200, Kind::Workstation, "Windows 11 25H2"),
    builds((255, 255), u16::MAX..=u16::MAX, Kind::Any, "impacket's smbserver"),
];

/// Parts of NativeOS and NativeLanMan (\[MS-CIFS\] 2.2.4.53) that name a product, in small letters.
const TEXTS: &[(&str, Kind, &str)] = &[
    ("emc-snas", Kind::Nas, "Dell EMC VNX or Celerra"),
    ("isilon", Kind::Nas, "Dell PowerScale (Isilon OneFS)"),
    ("netapp", Kind::Nas, "NetApp ONTAP"),
    ("data ontap", Kind::Nas, "NetApp ONTAP"),
    ("synology", Kind::Nas, "Synology DSM"),
    ("qnap", Kind::Nas, "QNAP QTS"),
    ("qts", Kind::Nas, "QNAP QTS"),
    ("truenas", Kind::Nas, "TrueNAS"),
    ("freenas", Kind::Nas, "FreeNAS"),
    ("samba", Kind::Any, "Samba"),
    ("windows 5.1", Kind::Workstation, "Windows XP"),
    ("windows 2002", Kind::Workstation, "Windows XP"),
    ("windows 4.0", Kind::Any, "Windows 95, 98, Me or NT 4.0"),
];

/// The product with a version; `None` where no name is known for it.
pub(super) fn of_version(version: Version) -> Option<Product> {
    let Version { major, minor, build, .. } = version;
    let found = BUILDS
        .iter()
        .find(|it| (it.major, it.minor) == (major, minor) && it.builds.contains(&build))?;
    Some(Product { name: found.name.into(), kind: found.kind })
}

/// The product that a text of SMB1 names; `None` where no name is known for it.
pub(super) fn of_text(text: &str) -> Option<Product> {
    let small = text.to_lowercase();
    if let Some((_, kind, name)) = TEXTS.iter().find(|(part, _, _)| small.contains(part)) {
        return Some(Product { name: (*name).into(), kind: *kind });
    }
    // Windows since 2000 says its own name, with its build behind; others that say they are Windows
    // say a version only.
    let is_build = |word: &str| word.len() >= 4 && word.bytes().all(|it| it.is_ascii_digit());
    let is_windows = small.starts_with("windows ") && text.split_whitespace().any(is_build);
    let names_itself = is_windows || small.starts_with("mac os x") || small.starts_with("macos");
    names_itself.then(|| Product { name: text.trim().to_owned().into(), kind: Kind::Any })
}

#[cfg(test)]
mod tests {
    use super::{BUILDS, Kind, of_text, of_version};
    use crate::auth::ntlmssp::Version;

    fn named(major: u8, minor: u8, build: u16) -> Option<String> {
        let product = of_version(Version { major, minor, build, revision: 15 })?;
        Some(product.name.into_owned())
    }

    #[test]
    fn builds_have_the_names_that_they_are_known_by() {
        assert_eq!(named(10, 0, 20_348).as_deref(), Some("Windows Server 2022"));
        assert_eq!(named(10, 0, 19_045).as_deref(), Some("Windows 10 2004 to 22H2"));
        assert_eq!(named(6, 1, 0).as_deref(), Some("Samba"));
        assert!(named(6, 1, 7_600).unwrap().contains("macOS"));
        assert_eq!(named(10, 0, 20_349), None);
        assert_eq!(named(0, 10, 1), None);
    }

    #[test]
    fn no_build_has_two_names() {
        for (place, one) in BUILDS.iter().enumerate() {
            for other in BUILDS.iter().skip(place + 1) {
                let is_apart = (one.major, one.minor) != (other.major, other.minor)
                    || one.builds.end() < other.builds.start();
                assert!(is_apart, "{} and {}", one.name, other.name);
            }
        }
    }

    #[test]
    fn texts_of_smb1_name_products_whatever_their_version() {
        assert_eq!(of_text("Samba 4.17.12-Debian").unwrap().name, "Samba");
        assert_eq!(of_text("EMC-SNAS:T8.1.9").unwrap().kind, Kind::Nas);
        assert_eq!(of_text("QTS").unwrap().kind, Kind::Nas);
        let own = "Windows Server 2019 Standard 17763";
        assert_eq!(of_text(own).unwrap().name, own);
        assert_eq!(of_text("Mac OS X 10.10").unwrap().name, "Mac OS X 10.10");
        for unnamed in ["Unix", "Windows 6.1", "Windows", ""] {
            assert_eq!(of_text(unnamed), None, "{unnamed}");
        }
    }
}
