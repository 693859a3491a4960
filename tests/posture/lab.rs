//! Hosts of captures whose truth is known.

use std::env;
use std::fs;
use std::path::PathBuf;

use countersign::report::{Report, RequiresSigning, Role};

use super::host;
use super::support::{analyze, root};

/// The folder with the captures; where it is not there, the test says so and compares nothing.
fn folder() -> Option<PathBuf> {
    let folder = match env::var_os("COUNTERSIGN_CAPTURES") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("../shared/captures"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no captures at {}: nothing was compared", folder.display());
    None
}

fn report(path: &str) -> Option<Report> {
    let bytes = fs::read(folder()?.join(path)).unwrap();
    Some(analyze(path, &bytes).unwrap())
}

#[test]
fn domain_controllers_of_the_lab_are_told_by_their_tickets() {
    let Some(folder) = folder() else { return };
    let mut n = 0;
    for entry in fs::read_dir(folder.join("lab")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.starts_with("06-krb-") || !name.ends_with(".pcap") {
            continue;
        }
        let report = analyze(&name, &fs::read(&path).unwrap()).unwrap();
        let controllers: Vec<&str> = report
            .hosts
            .iter()
            .filter(|host| host.roles.contains(&Role::DomainController))
            .map(|host| host.address.as_str())
            .collect();
        assert_eq!(controllers, ["192.0.2.5"], "{name}");
        n += 1;
    }
    assert!(n >= 10, "{n} captures with tickets");
}

#[test]
fn a_domain_controller_and_a_workstation_of_windows() {
    let Some(report) =
        report("public/zeek__zeek__testing__btest__Traces__krb__kerberos_tso.pcapng")
    else {
        return;
    };
    let controller = host(&report, "172.16.0.100");
    assert_eq!(controller.roles, [Role::DomainController]);
    assert_eq!(controller.as_server.requires_signing, Some(RequiresSigning::Yes));
    assert_eq!(host(&report, "172.16.0.5").exposure.as_ref().unwrap().rank, 1);
    let client = host(&report, "172.16.0.211");
    assert_eq!(client.as_client.requires_signing, Some(RequiresSigning::Contradictory));
    assert_eq!(client.remarks.len(), 2, "{:#?}", client.remarks);
}

#[test]
fn a_nas_is_told_by_what_it_says_in_smb1() {
    let path = "public/OISF__suricata-verify__tests__smb1-02__smb1_osx.pcap";
    let Some(report) = report(path) else { return };
    let nas = host(&report, "192.168.1.2");
    assert_eq!(nas.roles, [Role::Nas]);
    let products: Vec<&str> = nas.software.iter().filter_map(|it| it.product.as_deref()).collect();
    assert_eq!(products, ["Samba", "QNAP QTS", "Samba"]);
    let mac = host(&report, "192.168.1.10");
    assert!(mac.software.iter().any(|it| it.product.as_deref() == Some("Mac OS X 10.10")));
    assert!(mac.roles.is_empty());
}
